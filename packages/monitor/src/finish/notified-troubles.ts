import { type Attention, AttentionRecord, decodeJson, encodeJson, runPaths } from '@pm/protocol';
import { presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';

/** Of which troubles of the run somebody was told; none if the record cannot be read: told twice is better than never. */
export function toldOf(dir: string, runId: string): Attention[] {
  const reading = readRecord(runPaths(dir, runId).attention, (text) => decodeJson(AttentionRecord, text));
  return presentIn(reading)?.told ?? [];
}

/** Notes that a waiter was told of a trouble. Call it when the answer was written: until then nobody knows. */
export function noteTold(dir: string, runId: string, attention: Attention): void {
  write(dir, runId, [...new Set([...toldOf(dir, runId), attention])]);
}

/** A trouble has passed: the next one of its kind is news again. */
export function forgetTold(dir: string, runId: string, attention: Attention): void {
  const told = toldOf(dir, runId);
  if (told.includes(attention))
    write(
      dir,
      runId,
      told.filter((kind) => kind !== attention),
    );
}

function write(dir: string, runId: string, told: readonly Attention[]): void {
  try {
    replaceRecord(runPaths(dir, runId).attention, encodeJson({ v: 1, told }));
  } catch {
    // A full disk, a deleted folder: somebody may be told twice.
  }
}
