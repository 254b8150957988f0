import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Creates `path` with `text`, whole or not at all, unless somebody was first.
 * link(2) decides the race: it fails with EEXIST where rename(2) would silently replace.
 * @param durable fsync the file and its folder, so that the record survives a power cut (2 to 4 ms)
 * @returns false if the record was there already
 */
export function createRecord(path: string, text: string, durable = false): boolean {
  const sibling = writeSibling(path, text, durable);
  try {
    linkSync(sibling, path);
    if (durable) syncFolder(dirname(path));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(sibling, { force: true });
  }
}

/** Replaces `path` by `text`: a reader sees the old record or the new one, never a part. */
export function replaceRecord(path: string, text: string): void {
  const sibling = writeSibling(path, text, false);
  try {
    renameSync(sibling, path);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
}

/** link(2) that does not mind if the name is taken. */
export function linkOnce(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function writeSibling(path: string, text: string, durable: boolean): string {
  // Random, not our pid: another container that shares the directory may have the same one. A crash leaves a name no reader looks for.
  const sibling = `${path}.${crypto.randomUUID()}.tmp`;
  const fd = openSync(sibling, 'wx', 0o600);
  try {
    // Not writeSync: on a disk that fills up it writes a part and reports success.
    writeFileSync(fd, text);
    if (durable) fsyncSync(fd);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
  return sibling;
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
