import { existsSync, rmdirSync, rmSync } from 'node:fs';
import { directoryPaths, runPaths } from '../paths.ts';
import { isRunId } from '../run-id.ts';
import { isOwnFolder, namesIn } from './entries.ts';
import { readersOf } from './marks.ts';
import { deleteFolder, REMOVED } from './remove-run.ts';

/**
 * Deletes what removed runs leave outside of their folders: links in `ended/`, marks in `seen/`, and folders whose deletion a crash
 * interrupted. A run gets its folder before any of these and loses it first, so an entry without a folder belongs to a removed run.
 */
export function sweep(dir: string): void {
  const { runs, ended, seen } = directoryPaths(dir);
  if (!isOwnFolder(runs)) return; // without it, a missing folder proves nothing
  const removed = namesIn(runs).filter((name) => name.endsWith(REMOVED) && isRunId(name.slice(0, -REMOVED.length)));
  for (const name of removed) deleteFolder(`${runs}/${name}`);
  if (isOwnFolder(ended)) clear(dir, ended);
  for (const reader of readersOf(dir)) {
    clear(dir, `${seen}/${reader}`);
    ignoreErrors(() => rmdirSync(`${seen}/${reader}`)); // if it is empty
  }
}

function clear(dir: string, folder: string): void {
  for (const id of namesIn(folder)) {
    if (isRunId(id) && !existsSync(runPaths(dir, id).folder))
      ignoreErrors(() => rmSync(`${folder}/${id}`, { force: true }));
  }
}

/** Somebody else may have put something there, or may have removed it. */
function ignoreErrors(remove: () => void): void {
  try {
    remove();
  } catch {
    // It stays.
  }
}
