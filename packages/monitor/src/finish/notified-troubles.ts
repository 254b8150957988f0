import { type Attention, AttentionRecord, decodeJson, encodeJson, runPaths } from '@pm/protocol';
import { presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';

/**
 * The troubles of a run that somebody was notified of. None if the record cannot be read: twice is better than never.
 */
export function readNotified(dir: string, runId: string): Attention[] {
  const reading = readRecord(runPaths(dir, runId).attention, (text) => decodeJson(AttentionRecord, text));
  return presentIn(reading)?.told ?? [];
}

/**
 * Records that a waiter was notified of a trouble. To be called once the answer was written, because until then nobody
 * knows.
 */
export function markNotified(dir: string, runId: string, attention: Attention): void {
  write(dir, runId, [...new Set([...readNotified(dir, runId), attention])]);
}

/** A trouble is over: if it comes again, somebody is notified again. */
export function clearNotified(dir: string, runId: string, attention: Attention): void {
  const told = readNotified(dir, runId);
  if (!told.includes(attention)) return;
  const rest = told.filter((kind) => kind !== attention);
  write(dir, runId, rest);
}

function write(dir: string, runId: string, told: readonly Attention[]): void {
  try {
    replaceRecord(runPaths(dir, runId).attention, encodeJson({ v: 1, told }));
  } catch {
    // A full disk, a deleted folder: somebody may be notified twice.
  }
}
