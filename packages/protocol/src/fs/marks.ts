import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { decodeIdentity, encodeIdentity } from '../codec.ts';
import { directoryPaths, runPaths } from '../paths.ts';
import type { IdentityRecord } from '../records/identity.ts';
import { isRunId } from '../run-id.ts';
import { isOwnFolder, namesIn } from './entries.ts';
import { presentIn, readRecord } from './read-record.ts';

// Why: contributing/decisions/2026-11-23-who-is-told.md
/**
 * Records that a reader was told how these runs ended. Never throws: if it cannot be written (a full disk, a read-only mount), the
 * reader is told again.
 * @param reader as `readerNameOf` gives it
 */
export function markSeen(dir: string, reader: string, runIds: readonly string[]): void {
  for (const id of runIds) {
    try {
      mark(dir, reader, id);
    } catch {
      // The reader is told again.
    }
  }
}

/** The ids of the runs whose end this reader was told. */
export function seenBy(dir: string, reader: string): Set<string> {
  const folder = `${directoryPaths(dir).seen}/${reader}`;
  return new Set(isOwnFolder(folder) ? namesIn(folder).filter(isRunId) : []);
}

/** Every reader that was told of an end in this directory. */
export function readersOf(dir: string): string[] {
  const { seen } = directoryPaths(dir);
  return isOwnFolder(seen) ? namesIn(seen).filter((reader) => isOwnFolder(`${seen}/${reader}`)) : [];
}

function mark(dir: string, reader: string, id: string): void {
  const { seen } = directoryPaths(dir);
  const folder = `${seen}/${reader}`;
  for (const path of [seen, folder]) if (!isOwnFolder(path)) makeFolderOnce(path);
  try {
    closeSync(openSync(`${folder}/${id}`, 'wx', 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Throws if a symbolic link or a file has the name: nothing is written behind it. */
function makeFolderOnce(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!isOwnFolder(path)) throw error; // otherwise another reader was first
  }
}

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
