import { decodeJson, encodeJson, FailingRecord, type ReadyRecord, type RunRecord, runPaths } from '@pm/protocol';
import { createRecord, isOutOfRoom, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';

/** What the askings of ready checks put on record. Where nothing can be written, nothing is, and each who asks sees for himself. */

/** The first who sees that a run is ready creates its record. */
export function recordReady(path: string, ready: ReadyRecord): void {
  ifWritable(() => createRecord(path, encodeJson(ready)));
}

/** How often the evidence is recorded at most: whoever lists runs shows it. */
const RECORD_EVERY_MS = 250;

/** Records what stands in the way when that changes. */
export function unreadyRecorder(dir: string, { id }: RunRecord): (evidence: string) => void {
  const { unready } = runPaths(dir, id);
  let last = '';
  let atMs = Number.NEGATIVE_INFINITY;
  return (evidence) => {
    const nowMs = performance.now();
    if (evidence === last || nowMs - atMs < RECORD_EVERY_MS) return;
    last = evidence;
    atMs = nowMs;
    ifWritable(() => replaceRecord(unready, encodeJson({ v: 1, at: Date.now(), evidence })));
  };
}

/**
 * Records for how long the checks of an attempt have failed.
 * @param failed what the failing checks say; empty if all pass
 * @param mostMs how much time may have passed since the asking before, at most: who slept has seen nothing meanwhile
 */
export function recordFailing(
  dir: string,
  { id }: RunRecord,
  {
    attempt,
    failed,
    mostMs,
  }: { readonly attempt: number; readonly failed: readonly string[]; readonly mostMs: number },
): void {
  const { failing: path } = runPaths(dir, id);
  const known = presentIn(readRecord(path, (text) => decodeJson(FailingRecord, text)));
  const before = known?.attempt === attempt && known.times > 0 ? known : undefined;
  if (failed.length === 0 && before === undefined) return;
  const at = Date.now();
  const sinceMs = before === undefined ? 0 : Math.min(Math.max(at - before.at, 0), mostMs);
  const next: FailingRecord =
    failed.length === 0
      ? { v: 1, at, attempt, forMs: 0, times: 0, evidence: '' }
      : {
          v: 1,
          at,
          attempt,
          forMs: (before?.forMs ?? 0) + sinceMs,
          times: (before?.times ?? 0) + 1,
          evidence: failed.join('; '),
        };
  ifWritable(() => replaceRecord(path, encodeJson(next)));
}

/** Nothing is written if the disk is full or read-only, or if the records of the run were deleted. */
function ifWritable(write: () => void): void {
  try {
    write();
  } catch (error) {
    if (!isOutOfRoom(error) && !['ENOENT', 'ENOTDIR', 'EROFS'].includes(String(Object(error).code))) throw error;
  }
}
