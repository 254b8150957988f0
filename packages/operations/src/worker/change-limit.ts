import { moveLimit } from '@pm/monitor';
import type { Report, RunRecord } from '@pm/protocol';
import { newLimitOf } from '../control/new-limit.ts';
import type { LimitOrder } from '../mirror/limit-order.ts';
import type { Bounds } from '../project/within-roots.ts';
import { viewNow } from '../runs/run-view.ts';

/**
 * Carries out an order of the submitter: the run gets another limit. The rules of this host hold, such as the hard limit of the run.
 * @returns what the next report says about the order
 */
export function changeLimit(
  dir: string,
  run: RunRecord,
  { toMs, by, at }: LimitOrder,
  bounds: Bounds | undefined,
): NonNullable<Report['limitOrder']> {
  const view = viewNow(dir, run, by);
  const asked = newLimitOf(view, { toMs }, run.policy.hardTimeoutMs, false, bounds);
  if (asked.kind === 'refused') return { at, refused: asked.refusal.message };
  try {
    moveLimit(dir, run, view.limitMs ?? null, asked.limitMs, by);
    return { at };
  } catch (error) {
    return { at, refused: `its limit cannot be written: ${Object(error).code ?? error}` }; // the disk is full, for example
  }
}
