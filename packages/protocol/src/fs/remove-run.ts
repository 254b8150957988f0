import { linkSync, renameSync, rmSync } from 'node:fs';
import { directoryPaths, runPaths, stepPaths } from '../paths.ts';
import type { RunRecord } from '../records/run.ts';
import { isOwnFolder, isSameFile } from './entries.ts';

/** What a folder is called between its end as a run's home and its deletion. No reader looks for the name. */
export const REMOVED = '.removed';

// Why: contributing/decisions/2026-11-23-pruned-claims-stay.md
/**
 * Takes a run off the disk: its flat names if they are still its own, then its folder. The folder is renamed first, which makes the run
 * gone for every reader at one instant, and decides between two who remove it; what a crash leaves behind is finished by `sweep`.
 * Its claim is the caller's to remove, by `removeClaim`. That it is over, too, is for the caller to know.
 * @returns false if it is not there (any more), not a plain folder of ours, or cannot be renamed
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

/** Deletes a folder and what is in it, following no symbolic link; what cannot be deleted stays. */
export function deleteFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // A job may have made a folder in there that cannot be emptied: it is out of everybody's way.
  }
}

/** Flat names are links: as long as `train.log` is there, the log's bytes are not freed. */
function takeFlatNames(dir: string, { step, id }: RunRecord): void {
  const flat = stepPaths(dir, step);
  const own = runPaths(dir, id);
  // The status first, as at a start: nobody shall read an ending beside names that are gone.
  take(flat.status, own.status, own.folder);
  take(flat.result, own.result, own.folder);
  take(flat.result, `${own.folder}/no-result`, own.folder);
  for (const kind of ['pid', 'heartbeat', 'log'] as const) take(flat[kind], own[kind], own.folder);
}

/** Not unlinked at once: between the look and the deed a starter may have put its own file in its place. That one is put back. */
function take(flat: string, own: string, folder: string): void {
  if (!isSameFile(flat, own)) return;
  const taken = `${folder}/taken`;
  rmSync(taken, { force: true });
  renameSync(flat, taken);
  if (!isSameFile(taken, own)) linkSync(taken, flat);
}
