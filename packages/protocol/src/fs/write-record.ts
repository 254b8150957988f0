import { closeSync, fsyncSync, linkSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
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
    unlinkSync(sibling);
  }
}

/** Replaces `path` by `text`: a reader sees the old record or the new one, never a part. */
export function replaceRecord(path: string, text: string): void {
  renameSync(writeSibling(path, text, false), path);
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

let siblings = 0;

function writeSibling(path: string, text: string, durable: boolean): string {
  // pid and counter keep two writers, and two writes of one, apart; a crash leaves a dotless name that no reader looks for.
  const sibling = `${path}.${process.pid}-${++siblings}.tmp`;
  const fd = openSync(sibling, 'wx', 0o600);
  try {
    writeSync(fd, text);
    if (durable) fsyncSync(fd);
  } catch (error) {
    unlinkSync(sibling);
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
