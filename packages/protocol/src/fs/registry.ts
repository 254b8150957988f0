import { realpathSync, rmSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { decodeJson, encodeJson } from '../codec.ts';
import { fileNameOf } from '../file-name.ts';
import { DirectoryRecord } from '../records/directory.ts';
import { makeFolder } from './directory.ts';
import { namesIn } from './entries.ts';
import { type Reading, readRecord } from './read-record.ts';
import { createRecord } from './write-record.ts';

/** A record of the registry: its path and its content. */
export interface RegisteredDirectory {
  readonly file: string;
  readonly record: Reading<DirectoryRecord>;
}

/**
 * Records that runs were started in `dir`. Never throws: if it cannot be written, the directory is not listed.
 * @param registry the folder of the registry, which belongs to this user
 */
export function registerDirectory(registry: string, dir: string): void {
  try {
    const path = realpathSync(dir);
    const file = `${registry}/${fileNameOf(path)}`;
    if (readRecord(file, decode).kind !== 'absent') return;
    makeFolder(registry);
    createRecord(file, encodeJson({ v: 1, dir: path }));
  } catch {
    // There is no home folder, or the disk is full or read-only.
  }
}

/** Whether runs were started in `dir`, according to the registry. @throws EMFILE, ENFILE, ENOMEM */
export function isRegistered(registry: string, dir: string): boolean {
  const path = pathOf(dir);
  if (path === undefined) return false;
  const record = readRecord(`${registry}/${fileNameOf(path)}`, decode);
  return record.kind === 'present' && record.value.dir === path;
}

function pathOf(dir: string): string | undefined {
  try {
    return realpathSync(dir);
  } catch {
    return undefined; // it is gone
  }
}

/** Every directory on record, also those that are gone. */
export function registeredDirectories(registry: string): RegisteredDirectory[] {
  const files = namesIn(registry).filter((name) => /^[a-z0-9=-]+$/.test(name));
  return files
    .sort()
    .map((name) => ({ file: `${registry}/${name}`, record: readRecord(`${registry}/${name}`, decode) }));
}

/** Removes a directory that is gone from the registry. A later start there records it again. */
export function forgetDirectory({ file }: RegisteredDirectory): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The next call tries again.
  }
}

function decode(text: string): ReturnType<typeof decodeJson<DirectoryRecord>> {
  const decoded = decodeJson(DirectoryRecord, text);
  if (decoded.kind !== 'present' || isAbsolute(decoded.value.dir)) return decoded;
  return { kind: 'malformed', why: 'dir: not an absolute path' };
}
