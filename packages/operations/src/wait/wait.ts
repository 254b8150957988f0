import { ATTENTIONS, DEFAULTS, Duration, Limit, type RunRecord } from '@pm/protocol';
import { hasQueued, queuedSteps } from '@pm/protocol/fs';
import { exactDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import { policyOf } from '../config/policy-of.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { findRun, whyQueuedUnreadable, whyUnreadable } from '../runs/find-run.ts';
import { nextCallsForAll, stepRefOf } from '../runs/next-calls.ts';
import { type PendingRuns, pendingRuns } from '../runs/pending-runs.ts';
import { runNames } from '../runs/run-names.ts';
import { takeSnapshot, viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import type { Answer, Next } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { budget, dir, flag, someSteps } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';
import { untoldEndings } from './untold-endings.ts';
import { BY, type WaitInput, waitFor } from './wait-for.ts';

const LIST = new RegExp(`^(${ATTENTIONS.join('|')})(,(${ATTENTIONS.join('|')}))*$`);

export const wait = operation({
  name: 'wait',
  summary: 'Wait until runs end or need a decision; waiting again does not change their limits.',
  input: z.strictObject({
    steps: someSteps,
    dir,
    any: flag('Return when the first of the runs has ended.'),
    forLine: describe(
      'Return when a line of the log, read from its start, contains this text.',
      z.optional(z.string()),
    ),
    ignore: describe(
      `Conditions that do not end the wait, separated by commas: ${ATTENTIONS.join(', ')}.`,
      z.optional(z.string().check(z.regex(LIST, `must be a list, separated by commas, of: ${ATTENTIONS.join(', ')}`))),
    ),
    budget,
    timeout: describe(
      `Time limit for a run that was not started by pm (default ${exactDuration(DEFAULTS.timeoutMs)}; none if pm has listed it before).`,
      z.optional(Limit),
    ),
    stale: describe(
      `Maximum age of the heartbeat of a run that was not started by pm (default ${exactDuration(DEFAULTS.staleMs)}).`,
      z.optional(Duration),
    ),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const { steps = [] } = input;
    if (steps.length > 0) {
      if (steps.some((name) => hasQueued(where, name)))
        return (await import('./wait-for-turn.ts')).waitForTurn(where, steps, input, context);
      const named = steps.map((name) => findRun(where, name, policyOf(input)));
      return waitFor(where, named, input, context);
    }
    // Why: contributing/decisions/2026-11-29-a-wait-tells-what-has-ended.md
    const pending = pendingRuns(where, context);
    const live = liveRuns(where, pending);
    const unreadable = queuedSteps(where).map((step) => [step, whyQueuedUnreadable(where, step)] as const);
    const queued = unreadable.flatMap(([step, why]) => (why === undefined ? [step] : []));
    const isOver = (live.length === 0 && queued.length === 0) || (input.any === true && pending.unseen.length > 0);
    const names = live.map(({ step, back }) => stepRefOf({ step, back }));
    const awaited: Answer = isOver ? { runs: [], next: [] } : await waitForAll();
    async function waitForAll(): Promise<Answer> {
      if (queued.length === 0)
        return waitFor(
          where,
          live.map(({ run }) => run),
          { ...input, steps: names },
          context,
        );
      const { waitForTurn } = await import('./wait-for-turn.ts');
      return waitForTurn(where, [...new Set([...names, ...queued])], input, context);
    }
    // Asked again: meanwhile others may have ended, also runs that began after this wait.
    const answered = new Set(awaited.runs.map(({ id }) => id));
    const untold = await untoldEndings(
      where,
      withUnannounced(where, pendingRuns(where, context)),
      answered,
      input.dir,
      BY,
    );
    markSeenAfterAnswer(untold.runs, where, context);
    const malformed = [
      ...unreadable.flatMap(([, why]) => why ?? []),
      ...pending.open.flatMap((claim) => whyUnreadable(claim) ?? []),
      ...untold.malformed,
    ];
    const told = [...(await withBreakers(where, untold.runs, context)), ...awaited.runs];
    const calls = [...untold.next, ...(await nextCallsForAll(untold.runs, input.dir, context)), ...awaited.next];
    const ofUntold = untold.runs.length === 0 ? [] : (await import('../runs/output-notes.ts')).notesAbout(untold.runs);
    const notes = [...ofUntold, ...(awaited.notes ?? [])];
    const again = isOver && live.length > 0 ? waitAgain(input) : [];
    return {
      ...awaited,
      runs: told,
      ...(notes.length > 0 && { notes }),
      ...(malformed.length > 0 && { malformed }),
      next: told.length === 0 ? callsInstead(where, input.dir) : [...calls, ...again],
    };
  },
});

interface LiveClaim {
  readonly step: string;
  readonly back: number;
  readonly run: RunRecord;
}

function liveRuns(where: string, pending: PendingRuns): LiveClaim[] {
  return openRuns(where, pending).filter(({ live }) => live);
}

/** Adds the runs that have ended a moment ago: a wrapper announces an end some milliseconds after it. */
function withUnannounced(where: string, pending: PendingRuns): PendingRuns {
  const ended = openRuns(where, pending).filter(({ live, run }) => !live && pending.endings.has(run));
  return { ...pending, unseen: [...ended.map(({ run }) => run.id), ...pending.unseen] };
}

function openRuns(where: string, { open }: PendingRuns): (LiveClaim & { readonly live: boolean })[] {
  const snapshot = takeSnapshot();
  return open
    .flatMap(({ step, back, run }) => (run.kind === 'present' ? [{ step, back, run: run.value }] : []))
    .map((claim) => ({ ...claim, live: isLive(viewNow(where, claim.run, BY, snapshot)) }));
}

/** After a wait for any run that told what had ended before: the call that waits for the next one. */
function waitAgain({ dir: named, any }: WaitInput): Next[] {
  const input = { ...(any === true && { any }), ...(named !== undefined && { dir: named }) };
  return [{ operation: 'wait', input, why: 'wait for the next one' }];
}

/** The next call if there is nothing to wait for and nothing to tell. */
function callsInstead(where: string, named: string | undefined): Next[] {
  const input = named === undefined ? {} : { dir: named };
  const hasRuns = runNames(where).ids.length > 0;
  return hasRuns ? [{ operation: 'ls', input, why: 'list the runs that have ended' }] : [];
}
