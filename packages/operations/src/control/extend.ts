import { markNotified, moveLimit, nearLimitMs } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { hasEntries } from '../elsewhere/entries.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { findRun } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { withLastLinesIfAttention } from '../runs/outcome-view.ts';
import { recordsGone, viewNow } from '../runs/run-view.ts';
import type { Answer, Next, RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, oneStep, seenRun } from '../shape/fields.ts';
import { noteRefusal } from '../start/note-caller.ts';
import { type LimitRefusal, NewLimit, newLimitOf, refusalIfEnded } from './new-limit.ts';
import { checkSameRun } from './same-run.ts';

// Why: contributing/decisions/2026-11-23-limits-that-move.md
export const extend = operation({
  name: 'extend',
  summary: 'Change the time limit of a live run: longer, shorter, or none.',
  input: z.strictObject({
    step: oneStep,
    limit: describe('New limit: time since its start (6h), none, or time to add (+30m).', NewLimit),
    dir,
    run: seenRun,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    if (hasEntries(where)) await (await import('../elsewhere/news-follower.ts')).newsNow(where);
    const run = findRun(where, input.step);
    checkSameRun(input.run, run);
    const before = viewNow(where, run, BY);
    if (before.state === 'malformed') throw recordsGone(where, run);
    const byItself = context.env['PM_RUN_ID'] === run.id;
    if (context.bounds?.fault !== undefined) throw context.bounds.fault;
    const asked = newLimitOf(before, input.limit, run.policy.hardTimeoutMs, byItself, context.bounds);
    if (asked.kind === 'refused') return refused(before, asked);
    const by = context.caller ?? BY;
    const unchanged = run.mirror && (await orderElsewhere(where, run, asked.limitMs, by, context));
    if (unchanged !== undefined) return refused(viewNow(where, run, BY), unchanged);
    moveLimit(where, run, before.limitMs ?? null, asked.limitMs, by);
    ensureResident(where, context);
    const view = viewNow(where, run, BY);
    const late = refusalIfEnded(view); // it reached its old limit before the new one was set
    if (late !== undefined) return refused(view, late);
    const shown = withLastLinesIfAttention(stillNear(view));
    // The caller knows now how little time is left: no wait has to report it again.
    if (shown.attention !== undefined) context.answered?.(() => markNotified(where, run.id, 'deadline'));
    return { runs: [shown], next: nextCallsFor(shown, input.dir) };

    function refused(as: RunView, why: LimitRefusal): Answer {
      if (context.caller !== undefined) noteRefusal(where, run.id, context.caller, why.refusal);
      return answerOf(as, why, input.dir);
    }
  },
});

const BY = `pm extend ${process.pid}`;

/** A limit elsewhere is changed by its worker. @returns why it is not changed; undefined if the worker says that it is */
async function orderElsewhere(
  where: string,
  run: RunRecord,
  toMs: number | null,
  by: string,
  context: Context,
): Promise<LimitRefusal | undefined> {
  const { extendElsewhere } = await import('../elsewhere/orders.ts');
  const answer = await extendElsewhere(where, run, toMs, by, context);
  if (answer.kind === 'carried-out') return undefined;
  const view = viewNow(where, run, BY);
  const worker = run.mirror?.worker;
  const message = {
    refused: `on ${worker}: ${answer.kind === 'refused' ? answer.why : ''}`,
    unconfirmed: `${worker} has not confirmed the new limit of ${run.step} yet (${view.evidence}). The order stays with the run`,
    over: `the engine of its queue does not have ${run.step} any more, so no worker can be told a new limit`,
  }[answer.kind];
  return refusalIfEnded(view) ?? { kind: 'refused', refusal: { kind: 'limit', message }, instead: 'as it stands' };
}

function stillNear(view: RunView): RunView {
  const nearMs = nearLimitMs({ limitMs: view.limitMs ?? null });
  if (nearMs === undefined || view.elapsedMs < nearMs) return view;
  return { ...view, attention: 'deadline', evidence: 'it is still in the last fifth of its limit' };
}

function answerOf(view: RunView, { refusal, instead }: LimitRefusal, named: string | undefined): Answer {
  const { step } = view;
  const place = named === undefined ? {} : { dir: named };
  return { runs: [view], refusal, next: nextInstead() };

  function nextInstead(): Next[] {
    if (instead === 'as it stands') return nextCallsFor(view, named);
    if (instead === 'stop') return [{ operation: 'stop', input: { steps: [step], ...place }, why: 'stop it now' }];
    const limit = exactDuration(instead);
    return [{ operation: 'extend', input: { step, limit, ...place }, why: 'the highest limit that is allowed' }];
  }
}
