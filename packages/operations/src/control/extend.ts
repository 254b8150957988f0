import { markNotified, moveLimit, nearLimitMs } from '@pm/monitor';
import { exactDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { findRun } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { withLastLinesIfAttention } from '../runs/outcome-view.ts';
import { recordsGone, viewNow } from '../runs/run-view.ts';
import type { Answer, Next, RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, oneStep } from '../shape/fields.ts';
import { noteRefusal } from '../start/note-caller.ts';
import { type LimitRefusal, NewLimit, newLimitOf, refusalIfEnded } from './new-limit.ts';

// Why: contributing/decisions/2026-11-23-limits-that-move.md
export const extend = operation({
  name: 'extend',
  summary: 'Change the time limit of a live run: longer, shorter, or none.',
  input: z.strictObject({
    step: oneStep,
    limit: describe('New limit: time since its start (6h), none, or time to add (+30m).', NewLimit),
    dir,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const run = findRun(where, input.step);
    const before = viewNow(where, run, BY);
    if (before.state === 'malformed') throw recordsGone(where, run);
    if (run.mirror !== undefined) return refused(before, elsewhere(before, run.mirror.worker));
    const byItself = context.env['PM_RUN_ID'] === run.id;
    if (context.bounds?.fault !== undefined) throw context.bounds.fault;
    const asked = newLimitOf(before, input.limit, run.policy.hardTimeoutMs, byItself, context.bounds);
    if (asked.kind === 'refused') return refused(before, asked);
    moveLimit(where, run, before.limitMs ?? null, asked.limitMs, context.caller ?? BY);
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

function elsewhere(view: RunView, worker: string): LimitRefusal {
  const message = `${view.step} runs on ${worker}, and its limit cannot be changed from here`;
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
