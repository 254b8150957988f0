import {
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';

/**
 * Creates `path` with `text`, whole or not at all, unless somebody was first.
 * link(2) decides the race: it fails with EEXIST where rename(2) would silently replace.
 * @param durable fsync it first: after a power cut it is there whole or not at all (an empty one would be malformed for ever)
 * @param reserve a file by `reserveRoom`, to be used up for it on a full disk
 * @returns false if the record was there already
 */
export function createRecord(path: string, text: string, durable = false, reserve?: string): boolean {
  const sibling = writeInRoom(path, text, durable, reserve);
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

/** More than an order takes, however long its words are. */
const RESERVE_BYTES = 4_096;

/**
 * Keeps room for one record, to be written when the disk is full. Overwriting in place needs no room on file systems that do so
 * (ext4, xfs, tmpfs); on those that copy on write (btrfs, zfs) it may.
 */
export function reserveRoom(path: string): void {
  writeFileSync(path, Buffer.alloc(RESERVE_BYTES, '\n'), { flag: 'wx', mode: 0o600 });
}

/** True if the disk, or the user's share of it, is full. */
export function isOutOfRoom(error: unknown): boolean {
  const { code } = Object(error) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
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

function writeInRoom(path: string, text: string, durable: boolean, reserve: string | undefined): string {
  try {
    return writeSibling(path, text, durable);
  } catch (error) {
    if (reserve === undefined || !isOutOfRoom(error) || Buffer.byteLength(text) > RESERVE_BYTES) throw error;
    return takeReserve(reserve, path, text) ?? fail(error);
  }
}

function fail(error: unknown): never {
  throw error;
}

/** Whoever renames it has it. Not truncated before it is filled: what is given back on a full disk is somebody else's at once. */
function takeReserve(reserve: string, path: string, text: string): string | undefined {
  const sibling = siblingOf(path);
  try {
    renameSync(reserve, sibling);
  } catch {
    return undefined; // used up, or never made
  }
  try {
    const fd = openSync(sibling, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      writeFileSync(fd, text);
      ftruncateSync(fd, Buffer.byteLength(text));
    } finally {
      closeSync(fd);
    }
    return sibling;
  } catch {
    rmSync(sibling, { force: true });
    return undefined;
  }
}

// Random, not our pid: another container that shares the directory may have the same one. A crash leaves a name no reader looks for.
// Web Crypto would cost a short-lived process 2 ms, and a collision costs only an error (`wx`).
function siblingOf(path: string): string {
  return `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
}

function writeSibling(path: string, text: string, durable: boolean): string {
  const sibling = siblingOf(path);
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
