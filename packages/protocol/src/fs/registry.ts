import { realpathSync, rmSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { decodeJson, encodeJson } from '../codec.ts';
import { fileNameOf } from '../file-name.ts';
import { DirectoryRecord } from '../records/directory.ts';
import { namesIn } from './entries.ts';
import { makeFolder } from './make-folder.ts';
import { type Reading, readRecord } from './read-record.ts';
import { createRecord } from './write-record.ts';

/** A record of the registry, and what it says. */
export interface RegisteredDirectory {
  readonly file: string;
  readonly record: Reading<DirectoryRecord>;
}

/**
 * Remembers that runs were started in `dir`, once and for all. Never throws: where it cannot be written, the directory is just not listed.
 * @param registry a folder of this user's state
 */
export function registerDirectory(registry: string, dir: string): void {
  try {
    const path = realpathSync(dir);
    const file = `${registry}/${fileNameOf(path)}`;
    if (readRecord(file, decode).kind !== 'absent') return;
    makeFolder(registry);
    createRecord(file, encodeJson({ v: 1, dir: path }));
  } catch {
    // No home, a full disk, a read-only one.
  }
}

/** Every directory on record, whether it is still there or not. */
export function registeredDirectories(registry: string): RegisteredDirectory[] {
  const files = namesIn(registry).filter((name) => /^[a-z0-9=-]+$/.test(name));
  return files
    .sort()
    .map((name) => ({ file: `${registry}/${name}`, record: readRecord(`${registry}/${name}`, decode) }));
}

/** Forgets a directory that has vanished; it comes back with its next start. */
export function forgetDirectory({ file }: RegisteredDirectory): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // Next time.
  }
}

function decode(text: string): ReturnType<typeof decodeJson<DirectoryRecord>> {
  const decoded = decodeJson(DirectoryRecord, text);
  if (decoded.kind !== 'present' || isAbsolute(decoded.value.dir)) return decoded;
  return { kind: 'malformed', why: 'dir: not an absolute path' };
}
