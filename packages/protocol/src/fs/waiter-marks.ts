import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { decodeIdentity, encodeIdentity } from '../codec.ts';
import { runPaths } from '../paths.ts';
import type { IdentityRecord } from '../records/identity.ts';
import { namesIn } from './entries.ts';
import { presentIn, readRecord } from './read-record.ts';

const MARK = 'waiter.';
let marks = 0;

// Why: contributing/decisions/2026-11-23-pruned-claims-stay.md
/**
 * Says in the run's folder that a process waits for its end, so that the run is not deleted before the process has told it.
 * Never throws: if it cannot be written (a full disk, a read-only mount), the run is kept only by its age and number.
 * @returns takes the mark away. The mark of a process that is gone counts for nothing.
 */
export function markWaiting(dir: string, runId: string, waiter: IdentityRecord): () => void {
  const path = `${runPaths(dir, runId).folder}/${MARK}${waiter.pid}.${marks++}`;
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, encodeIdentity(waiter));
    closeSync(file);
  } catch {
    return () => {};
  }
  return () => rmSync(path, { force: true });
}

/** The processes that have said that they wait for the end of this run. Some may be gone. */
export function waitersOf(dir: string, runId: string): IdentityRecord[] {
  const { folder } = runPaths(dir, runId);
  return namesIn(folder)
    .filter((name) => name.startsWith(MARK))
    .flatMap((name) => presentIn(readRecord(`${folder}/${name}`, decodeIdentity)) ?? []);
}
