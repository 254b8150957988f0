import { existsSync, linkSync, lstatSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { directoryPaths, runPaths, stepPaths } from '../paths.ts';
import type { RunRecord } from '../records/run.ts';
import { isRunId } from '../run-id.ts';
import { isOwnFolder, isSameFile, namesIn } from './entries.ts';
import { readersOf } from './marks.ts';

/** Preparing takes milliseconds. A day allows for a process that was suspended meanwhile. */
const ABANDONED_AFTER_MS = 86_400_000;

/** Ending of a run's folder while it is deleted. No reader looks for such names. */
const REMOVED = '.removed';

// Why: contributing/decisions/2026-11-23-pruned-claims-stay.md
/**
 * Removes a run: its flat names if they are still its own, then its folder. The folder is renamed first, so that the run is gone for
 * every reader at once, and only one of two callers removes it. `sweep` finishes what a crash leaves.
 * The caller makes sure that the run is over, and removes its claim by `removeClaim`.
 * @returns false if the folder is not there, is not a plain folder of ours, or cannot be renamed
 */
export function removeRun(dir: string, run: RunRecord): boolean {
  const { folder } = runPaths(dir, run.id);
  if (!isOwnFolder(directoryPaths(dir).runs) || !isOwnFolder(folder)) return false;
  try {
    if (run.foreign === undefined) takeFlatNames(dir, run); // a foreign writer's files are its own
    renameSync(folder, `${folder}${REMOVED}`);
  } catch {
    return false;
  }
  deleteFolder(`${folder}${REMOVED}`);
  return true;
}

/** Deletes a folder with its content. Follows no symbolic link. What cannot be deleted stays. */
function deleteFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A job may have made a folder in it that cannot be emptied. No reader looks there any more.
  }
}

/** Flat names are hard links: while `train.log` is there, the bytes of the log are not freed. */
function takeFlatNames(dir: string, { step, id }: RunRecord): void {
  const flat = stepPaths(dir, step);
  const own = runPaths(dir, id);
  // The status goes first, as at a start, so that nobody reads an ending next to names that are gone.
  take(flat.status, own.status, own.folder);
  take(flat.result, own.result, own.folder);
  take(flat.result, `${own.folder}/no-result`, own.folder);
  for (const kind of ['pid', 'heartbeat', 'log'] as const) take(flat[kind], own[kind], own.folder);
}

/** Renames before it deletes: since the comparison a starter may have put its own file there. That file is put back. */
function take(flat: string, own: string, folder: string): void {
  if (!isSameFile(flat, own)) return;
  const taken = `${folder}/taken`;
  rmSync(taken, { force: true });
  renameSync(flat, taken);
  if (!isSameFile(taken, own)) linkSync(taken, flat);
}

/**
 * Deletes what removed runs leave outside of their folders: links in `ended/`, marks in `seen/`, and folders whose deletion a crash
 * interrupted. A run gets its folder before any of these and loses it first, so an entry without a folder belongs to a removed run.
 */
export function sweep(dir: string): void {
  const { runs, ended, seen, queued } = directoryPaths(dir);
  if (!isOwnFolder(runs)) return; // without it, a missing folder proves nothing
  const removed = namesIn(runs).filter((name) => name.endsWith(REMOVED) && isRunId(name.slice(0, -REMOVED.length)));
  for (const name of removed) deleteFolder(`${runs}/${name}`);
  clearAbandoned(runs);
  if (isOwnFolder(queued)) clearAbandoned(queued);
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

/** Deletes what killed processes had prepared and not published, after a day. No reader looks for a name with a leading dot. */
function clearAbandoned(folder: string): void {
  for (const name of namesIn(folder).filter((one) => one.startsWith('.')))
    ignoreErrors(() => {
      const path = `${folder}/${name}`;
      if (Date.now() - lstatSync(path).mtimeMs > ABANDONED_AFTER_MS) rmSync(path, { recursive: true });
    });
}

/** Somebody else may have put something there, or may have removed it. */
function ignoreErrors(remove: () => void): void {
  try {
    remove();
  } catch {
    // It stays.
  }
}
