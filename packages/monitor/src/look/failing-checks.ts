import { decodeJson, FailingRecord, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRecord } from '@pm/protocol/fs';
import type { Observation } from '../judge/observation.ts';

/** How old the last asking may be. If nobody asks any more, the run may be well again. */
const FRESH_MS = 25_000;

// Why: contributing/decisions/2026-11-29-a-failing-check-is-a-hang.md
/**
 * The silence of a run whose sign of life is that its ready checks pass: for how long they have failed, by the record of whoever asks.
 * No silence if the record is of another attempt, or nobody asks now. Undefined for a run with another sign of life.
 */
export function failingChecks(
  dir: string,
  { id, policy }: RunRecord,
  attempt: number,
  wallMs: number,
): Pick<Observation, 'silentMs' | 'missedLooks' | 'failing'> | undefined {
  if (policy.liveness !== 'check') return undefined;
  const record = presentIn(readRecord(runPaths(dir, id).failing, (text) => decodeJson(FailingRecord, text)));
  const isNow = record?.attempt === attempt && Math.abs(wallMs - record.at) <= FRESH_MS;
  if (!isNow || record.times === 0) return { silentMs: 0, missedLooks: 0 };
  return { silentMs: record.forMs, missedLooks: record.times, failing: record.evidence };
}
