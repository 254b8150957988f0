import type { OutcomeRecord, RunRecord } from '@pm/protocol';
import { readReport } from '@pm/protocol/fs';
import { formatDuration } from '@pm/protocol/text';
import { applyLoss } from './apply-loss.ts';

// Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
/**
 * Records a run elsewhere as lost because somebody gives it up: it was ordered to end, and its worker has reported nothing for longer than the
 * stale time of the run. Without this, a run whose queue is gone for good would be in the way of its step for ever.
 * @param by who gives it up
 * @returns the outcome; undefined if there is news of it
 */
export async function giveUp(dir: string, run: RunRecord, by: string): Promise<OutcomeRecord | undefined> {
  const kept = readReport(dir, run.id);
  const at = Date.now();
  const silentMs = at - (kept?.atMs ?? run.createdAt);
  if (run.mirror === undefined || silentMs <= run.policy.staleMs) return undefined;
  const worker = kept?.report.worker ?? { name: run.mirror.worker, host: run.host };
  const evidence = `no news from ${worker.name} for ${formatDuration(silentMs)}; given up by ${by}`;
  const applied = await applyLoss(dir, run, { worker, reason: 'beat-stale', evidence, at });
  return applied.kind === 'applied' ? applied.outcome : undefined;
}
