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
import { basename, dirname } from 'node:path';

/**
 * Creates `path` with `text`, whole or not at all, unless it exists.
 * link(2) decides between writers: it fails with EEXIST where rename(2) would silently replace.
 * @param durable calls fsync(2) first, so that after a power cut the record is whole or absent and never empty
 * @param reserve a file made by `reserveRoom`, which is used up for the record if the disk is full
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

/** More than an ending needs. */
const RESERVE_BYTES = 4_096;

/**
 * Reserves room for one record, for the case that the disk is full. Overwriting in place needs no new room on ext4, xfs and tmpfs.
 * On file systems that copy on write (btrfs, zfs) it may need some.
 */
export function reserveRoom(path: string): void {
  writeFileSync(path, Buffer.alloc(RESERVE_BYTES, '\n'), { flag: 'wx', mode: 0o600 });
}

/** True if the disk or the user's quota is full. */
export function isOutOfRoom(error: unknown): boolean {
  const { code } = Object(error) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

/** Replaces `path` by `text`. A reader sees the old record or the new one, never a part. */
export function replaceRecord(path: string, text: string): void {
  const sibling = writeSibling(path, text, false);
  try {
    renameSync(sibling, path);
  } catch (error) {
    rmSync(sibling, { force: true });
    throw error;
  }
}

/** link(2). Returns false if the name is taken. */
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

/** One caller gets the reserve, by renaming it. It is truncated after it is filled: on a full disk, freed room is gone at once. */
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

// The pid alone would not do: another container that shares the directory may have the same. A crash may leave these names, and no reader
// looks for them: with a leading dot, none is the name of a step, of a run or of work. Web Crypto would cost a short-lived process 2 ms, and a collision is only an error (`wx`).
function siblingOf(path: string): string {
  return `${dirname(path)}/.${basename(path)}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
}

function writeSibling(path: string, text: string, durable: boolean): string {
  const sibling = siblingOf(path);
  const fd = openSync(sibling, 'wx', 0o600);
  try {
    // Not writeSync, which writes a part and reports success when the disk becomes full.
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
