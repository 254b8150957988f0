import { moveLimit } from '@pm/monitor';
import { PmError, type RunRecord } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
import type { RunView } from '../shape/answer.ts';

/**
 * Holds a foreign writer's run to what a wait says of it. Any look may have adopted it before, by the defaults: its limit is moved then,
 * as for a run of ours; how old its heartbeat may grow is on record for good.
 * @param view of a run that goes on
 * @throws PmError `usage` if it was adopted with another staleness
 */
export function applyForeignOptions(
  dir: string,
  { run, view }: { readonly run: RunRecord; readonly view: RunView },
  { timeout, stale }: { readonly timeout?: number | null | undefined; readonly stale?: number | undefined },
  by: string,
): void {
  if (run.foreign === undefined) return;
  const { staleMs } = run.policy;
  if (stale !== undefined && stale !== staleMs) {
    const message = `${run.step} is watched already, and hung once its heartbeat is ${exactDuration(staleMs)} old: that stays`;
    throw new PmError('usage', message, 'Leave --stale out; whoever looks at a run first says it.');
  }
  if (timeout !== undefined && timeout !== (view.limitMs ?? null))
    moveLimit(dir, run, view.limitMs ?? null, timeout, by);
}
