import { isRunId, readerNameOf, runPaths } from '@pm/protocol';
import { markSeen, queuedSteps, statOf } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { hasEntries } from '../elsewhere/entries.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { notesOnOthersWork } from '../project/others-work.ts';
import { ownerOf } from '../project/owner.ts';
import { ensureResidentAfterAnswer } from '../runs/ensure-resident.ts';
import { nextCallsForAll } from '../runs/next-calls.ts';
import { claimsOfIds, pendingRuns } from '../runs/pending-runs.ts';
import { restoreRuns } from '../runs/restore-runs.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import { viewsOf } from '../runs/views-of.ts';
import type { Next, RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';

/** How many endings are shown at once: a failure is 1.5 kB of an agent's context. The next call shows the others. */
const AT_ONCE = 10;
/** Every frontend can show this many. More would count as seen without being shown. */
const MOST_AT_ONCE = 20;

export const recover = operation({
  name: 'recover',
  summary: 'After a crash or a pause, show runs that ended unseen and live runs, with their next calls.',
  input: z.strictObject({
    dir,
    limit: describe(
      `How many ended runs to show at once (default ${AT_ONCE}, at most ${MOST_AT_ONCE}). The next call shows the others.`,
      z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(MOST_AT_ONCE))),
    ),
    unread: flag('Do not count what is shown as read. For a program that shows it to somebody who may not be there.'),
    read: describe(
      'Only count this run, by its id, as read (repeatable). For a program that used --unread.',
      z.optional(z.array(z.string().check(z.refine(isRunId, 'must be a run id'))).check(z.minLength(1))),
    ),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const { limit = AT_ONCE } = input;
    const where = locateDirectory(input.dir, context);
    if (input.read !== undefined) {
      const kept = input.read.filter((id) => statOf(runPaths(where, id).folder) !== undefined);
      markSeen(where, readerNameOf(ownerOf(context)), kept);
      return { runs: [], next: [] };
    }
    if (hasEntries(where)) await (await import('../elsewhere/news-follower.ts')).newsNow(where);
    const found = restoreRuns(where, BY);
    const { open, unseen, endings } = pendingRuns(where, context);
    const due = unseen.slice(0, limit);
    const { runs, malformed } = await viewsOf(where, [...open, ...claimsOfIds(where, due)], endings, BY);

    const ended = runs.filter((run) => run.unseen === true).sort(byEnd);
    const queued = await queuedRuns(where, context);
    const answered = [...ended.slice(0, limit), ...runs.filter(isLive).sort(byStart), ...queued];
    if (input.unread !== true) markSeenAfterAnswer(answered, where, context);
    ensureResidentAfterAnswer(where, runs, context);
    const left = Math.max(0, ended.length - limit) + unseen.length - due.length;
    const about = answered.every(isLive) ? [] : (await import('../runs/output-notes.ts')).notesAbout(answered);
    const notes = [...found, ...about, ...notesOnOthersWork(where, context.env)];
    return {
      runs: answered,
      ...(notes.length > 0 && { notes }),
      ...(malformed.length > 0 && { malformed }),
      next: [...moreCalls(left, input), ...(await nextCallsForAll(answered, input.dir, context))],
    };
  },
});

/** The runs that wait for their turn, those that come next first. */
async function queuedRuns(where: string, context: Context): Promise<RunView[]> {
  const steps = queuedSteps(where);
  if (steps.length === 0) return [];
  const { viewsOfQueued } = await import('../queue/queued-views.ts');
  return (await viewsOfQueued(where, steps, MOST_AT_ONCE, context)).runs;
}

const BY = `pm recover ${process.pid}`;

// All orders are newest first.
function byEnd(a: RunView, b: RunView): number {
  return (b.endedAt ?? b.startedAt) - (a.endedAt ?? a.startedAt);
}

function byStart(a: RunView, b: RunView): number {
  return b.startedAt - a.startedAt;
}

/** The call that shows the rest comes first: it may be worse than what was shown. */
function moreCalls(
  left: number,
  { dir: named, limit }: { dir?: string | undefined; limit?: number | undefined },
): Next[] {
  if (left <= 0) return [];
  const input = { ...(named !== undefined && { dir: named }), ...(limit !== undefined && { limit }) };
  return [
    {
      operation: 'recover',
      input,
      why: `see ${left} more ${left === 1 ? 'run that has' : 'runs that have'} ended unseen`,
    },
  ];
}
