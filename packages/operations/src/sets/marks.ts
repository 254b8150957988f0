import { rmdirSync, rmSync } from 'node:fs';
import { identify, isAlive } from '@pm/process';
import { decodeIdentity, encodeIdentity } from '@pm/protocol';
import { createRecord, isOwnFolder, makeFolder, namesIn, presentIn, readRecord } from '@pm/protocol/fs';

/** A file that says what this process is about to do. It counts as long as the process lives. */
export interface ProcessMark {
  readonly path: string;
  readonly takeBack: () => void;
}

let marks = 0;

/**
 * Puts a mark of this process into a folder.
 * @param folder its parent is made, too
 * @param prefix sets marks of one kind apart from the others of the folder
 * @returns undefined if it cannot be written, such as on a full disk
 */
export function putMark(folder: string, prefix = ''): ProcessMark | undefined {
  const self = identify(process.pid);
  const path = `${folder}/${prefix}${process.pid}.${Date.now()}.${marks++}`;
  if (self === undefined || !isWritten(folder, path, encodeIdentity(self))) return undefined;
  return { path, takeBack: () => rmSync(path, { force: true }) };
}

/** Tries again if the folder is gone: `sweepMarks` may remove it while it is empty. */
function isWritten(folder: string, path: string, text: string): boolean {
  for (let tries = 1; ; tries++) {
    try {
      makeFolder(folder);
      return createRecord(path, text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || tries === MOST_TRIES) return false;
    }
  }
}

const MOST_TRIES = 5;

/**
 * Removes the marks of processes that are gone, and the folder if nothing is left in it.
 * @param prefixes of the kinds of marks that are in the folder
 */
export function sweepMarks(folder: string, prefixes: readonly string[]): void {
  if (!isOwnFolder(folder)) return; // nothing is deleted behind a link
  for (const prefix of prefixes) livingMarks(folder, prefix);
  try {
    rmdirSync(folder);
  } catch {
    // Somebody has a mark in it.
  }
}

/** The marks of a folder whose process is alive: their paths. The mark of one that is gone is removed. */
export function livingMarks(folder: string, prefix = ''): string[] {
  const paths = namesIn(folder)
    .filter((name) => name.startsWith(prefix) && /^\d+\.\d+\.\d+$/.test(name.slice(prefix.length)))
    .map((name) => `${folder}/${name}`);
  return paths.filter((path) => {
    const owner = presentIn(readRecord(path, decodeIdentity));
    if (owner !== undefined && isAlive(owner)) return true;
    if (owner !== undefined) rmSync(path, { force: true });
    return false;
  });
}
