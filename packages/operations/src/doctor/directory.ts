import { accessSync, constants, existsSync, type Stats, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DEFAULTS } from '@pm/protocol';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const DIRECTORY: DoctorCheck = { check: 'directory', what: 'the records are safe' };

/** Two logs of the maximum size. */
const LITTLE_BYTES = 2 * DEFAULTS.logCapBytes;
const GIB = 1024 ** 3;

/** Whether we, and nobody else, can write to the directory, and how much space is free. The directory is not created. */
export function directory(dir: string): DoctorFinding {
  const found = statSync(dir, { throwIfNoEntry: false });
  const place = found === undefined ? nearest(dirname(dir)) : dir;
  const why = found === undefined ? unwritable(place) : unsafe(dir, found);
  if (why !== undefined) return { ...DIRECTORY, result: 'fail', ...why };
  const { bavail, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const mode =
    found === undefined
      ? 'not there yet, but can be created'
      : `writable only by you (mode 0${(found.mode & 0o777).toString(8)})`;
  const fact = `${dir} is ${mode}; ${(free / GIB).toFixed(1)} GiB free`;
  if (free >= LITTLE_BYTES) return { ...DIRECTORY, result: 'pass', fact };
  const remedy = 'free some space, use a smaller --log-cap, or use another directory with PM_DIR';
  return { ...DIRECTORY, result: 'warn', fact: `${fact}, less than the maximum size of two logs`, remedy };
}

type Fault = Required<Pick<DoctorFinding, 'fact' | 'remedy'>>;

function unsafe(dir: string, found: Stats): Fault | undefined {
  const elsewhere = 'use another directory with PM_DIR or --dir';
  if (!found.isDirectory()) return { fact: `${dir} is not a directory`, remedy: elsewhere };
  if (found.uid !== process.geteuid?.())
    return { fact: `${dir} belongs to uid ${found.uid}, not to you`, remedy: elsewhere };
  if ((found.mode & 0o022) !== 0) return { fact: `${dir} can be written by other users`, remedy: `chmod go-w ${dir}` };
  return unwritable(dir);
}

function unwritable(folder: string): Fault | undefined {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { fact: `${folder} cannot be written (${code})`, remedy: 'use another directory with PM_DIR or --dir' };
  }
}

function nearest(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearest(dirname(folder));
}
