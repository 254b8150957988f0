import { moveLimit } from '@pm/monitor';
import { PmError, type RunRecord } from '@pm/protocol';
import { exactDuration } from '@pm/protocol/text';
import type { RunView } from '../shape/answer.ts';

/**
 * Applies the options of a wait to a run that pm did not start. An earlier call may have adopted the run with the defaults: its limit
 * can still be changed, as for any run, but the maximum age of its heartbeat is recorded and stays.
 * @param view of a live run
 * @throws PmError `usage` if it was adopted with another `--stale`
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
    const message = `${run.step} is watched already, with --stale ${exactDuration(staleMs)}, which cannot be changed`;
    throw new PmError('usage', message, 'Leave out --stale. Only the first call that sees such a run can set it.');
  }
  if (timeout !== undefined && timeout !== (view.limitMs ?? null))
    moveLimit(dir, run, view.limitMs ?? null, timeout, by);
}
