import { accessSync, chownSync, constants, statfsSync } from 'node:fs';
import type { RunPaths } from '@pm/protocol';
import { statOf } from '@pm/protocol/fs';
import type { Obstacle } from '../judge/observation.ts';

const { W_OK, X_OK } = constants;

// Why: contributing/decisions/2026-11-29-an-exit-that-cannot-be-recorded.md
/**
 * What keeps the wrapper of a run from recording an exit, as it is at this moment. Asked only while a command has ended
 * and its exit is not on record.
 * @param isOpened its `exit` is there and empty: to fill it needs no permission in the folder
 * @returns undefined if nothing is known to keep it: most exits are just being written
 */
export function findObstacle(
  dir: string,
  { folder, run }: Pick<RunPaths, 'folder' | 'run'>,
  isOpened: boolean,
): Obstacle | undefined {
  const denied = whyUnwritable(dir, run) ?? whyDenied(folder, isOpened);
  if (denied !== undefined) return { attention: 'unwritable', what: denied, isCertain: true };
  const room = roomIn(folder);
  if (room === 'none') return { attention: 'disk-full', what: `the disk of ${dir} is full`, isCertain: true };
  // There is room now. The exit is just being written, or else a quota is used up.
  return isOpened
    ? { attention: 'disk-full', what: `the disk of ${dir} is full, or a quota on it is used up`, isCertain: false }
    : undefined;
}

/**
 * Asks the file system by a write that changes nothing: a chown(2) to the same owner, which everybody may do. access(2) does not
 * tell that ext4 refuses all writes after an error (`emergency_ro`), or that a disk is broken.
 */
function whyUnwritable(dir: string, record: string): string | undefined {
  try {
    chownSync(record, -1, -1);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EROFS') return `the file system of ${dir} is read-only`;
    if (code === 'EIO') return `the file system of ${dir} reports an error (EIO)`;
  }
  return undefined;
}

function whyDenied(folder: string, isOpened: boolean): string | undefined {
  const { uid, mode = 0 } = statOf(folder) ?? {};
  if (uid === undefined) return undefined;
  // The wrapper is of the user who owns the folder. We may be another one, root for example, who may write anywhere.
  const lacksMode = uid !== 0 && (mode & 0o300) !== 0o300;
  const words = `the folder ${folder} cannot be written to`;
  if (lacksMode && !isOpened) return `${words} (mode ${(mode & 0o777).toString(8)})`;
  try {
    accessSync(folder, W_OK | X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isOpened) return undefined;
    // Of another user's folder EACCES says nothing about its owner. EPERM is an immutable folder, for everybody.
    return code === 'EPERM' || (code === 'EACCES' && uid === process.geteuid?.()) ? `${words} (${code})` : undefined;
  }
}

function roomIn(folder: string): 'some' | 'none' {
  try {
    const { bavail, files, ffree } = statfsSync(folder);
    return bavail === 0 || (files > 0 && ffree === 0) ? 'none' : 'some';
  } catch {
    return 'some';
  }
}
