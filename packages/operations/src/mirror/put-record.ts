import { closeSync, constants, lstatSync, openSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import type { Decoded } from '@pm/protocol';
import { presentIn, readRecord, replaceRecord, statOf } from '@pm/protocol/fs';

/** Writes a record, or removes it if there is nothing to say. */
export function put(path: string, text: string | undefined): void {
  if (text === undefined || text === '') rmSync(path, { force: true, recursive: true });
  else if (contentOf(path) !== text) replaceRecord(path, text);
}

/** No FIFO is waited for, and nothing is written behind a symbolic link. */
const IN_PLACE =
  constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Writes into the file as it is: the flat name is a hard link to it. If somebody has put something else there, that goes: the news of other
 * runs must not wait for it.
 */
export function putInPlace(path: string, text: string): void {
  if (contentOf(path) === text) return;
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) rmSync(path, { force: true, recursive: true });
  const fd = openSync(path, IN_PLACE, 0o600);
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

function contentOf(path: string): string | undefined {
  return presentIn(readRecord(path, (value): Decoded<string> => ({ kind: 'present', value })));
}

/** Sets when a record was written, if it is there. */
export function setTime(path: string, atMs: number): void {
  if (statOf(path) !== undefined) utimesSync(path, atMs / 1_000, atMs / 1_000);
}
