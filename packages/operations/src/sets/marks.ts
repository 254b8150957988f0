import { rmSync } from 'node:fs';
import { identify, isAlive } from '@pm/process';
import { decodeIdentity, encodeIdentity } from '@pm/protocol';
import { createRecord, makeFolder, namesIn, presentIn, readRecord } from '@pm/protocol/fs';

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
  try {
    makeFolder(folder);
    if (self === undefined || !createRecord(path, encodeIdentity(self))) return undefined;
    return { path, takeBack: () => rmSync(path, { force: true }) };
  } catch {
    return undefined;
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
