import { lstatSync, readdirSync, type Stats, statSync, watch } from 'node:fs';
import { isOutOfResources } from './read-record.ts';

/** The names in a folder. None if it is not there, or is not a folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

/** True for a folder itself. A symbolic link to a folder is none: what is behind it is not ours to delete. */
export function isOwnFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * What stat(2) says about a path. Undefined if nothing is there, or if it cannot be looked at: a job may leave anything in its
 * folder, for example a symbolic link to itself.
 * @throws EMFILE, ENFILE, ENOMEM: our own lack of handles or memory says nothing about the file
 */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isOutOfResources((error as NodeJS.ErrnoException).code)) throw error;
    return undefined;
  }
}

/** True if both names lead to the same file, as a flat name and the run's own do. False if either is missing. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map(statOf);
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}

/**
 * Calls back after something has changed in one of these folders, perhaps several times. It does not keep the process alive. A folder that
 * cannot be watched (it is gone, or no inotify watch is left) is left out: whoever watches has to look now and then all the same.
 * @returns what ends it
 */
export function watchFolders(folders: readonly string[], hear: () => void): () => void {
  const watchers = folders.flatMap((folder) => {
    try {
      return watch(folder, { persistent: false }, hear).on('error', hear);
    } catch {
      return [];
    }
  });
  return () => watchers.forEach((watcher) => void watcher.close());
}
