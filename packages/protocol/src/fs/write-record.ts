import { closeSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Creates `path` with `text`, whole or not at all, unless somebody was first.
 * link(2) decides the race: it fails with EEXIST where rename(2) would silently replace.
 * @param durable fsync it first: after a power cut it is there whole or not at all (an empty one would be malformed for ever)
 * @returns false if the record was there already
 */
export function createRecord(path: string, text: string, durable = false): boolean {
  const sibling = writeSibling(path, text, durable);
  try {
    linkSync(sibling, path);
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
  // Web Crypto would cost a short-lived process 2 ms, and a collision costs only an error (`wx`).
  const sibling = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
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
