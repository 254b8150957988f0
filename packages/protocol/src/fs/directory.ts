import { accessSync, constants, lstatSync, mkdirSync, readdirSync, type Stats, statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { PmError } from '../errors.ts';
import { directoryPaths } from '../paths.ts';

/**
 * Makes `dir` a sentinel directory (mode 0700, with a `.gitignore` of `*` unless others keep files there), or says why it cannot be one.
 * @throws PmError `directory-unusable` for a file, a folder of somebody else, one that others may write to, or an unwritable place
 */
export function openDirectory(dir: string): void {
  const { runs, steps, ended, gitignore } = directoryPaths(dir);
  const found = lookAt(dir);
  if (found === undefined) orUnusable(dir, () => makeFolder(dir));
  else refuseUnsafe(dir, found);
  // `ended` is made last, so the other two are there as well, unless somebody has deleted them. This saves a start three system calls.
  if (lookAt(ended) !== undefined && orUnusable(dir, () => isWritable(runs))) return;
  // A folder with files of somebody else, named by mistake or used by a foreign writer, must not disappear from version control.
  const isOurs = found === undefined || basename(dir) === '.pm' || isEmpty(dir);
  orUnusable(dir, () => {
    for (const folder of [runs, steps]) makeFolder(folder);
    if (isOurs) writeFileSync(gitignore, '*\n', { mode: 0o600 });
    makeFolder(ended);
  });
}

/** False if it is not there. */
function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** True if `dir` exists and is a folder. */
export function isDirectory(dir: string): boolean {
  return lookAt(dir)?.isDirectory() ?? false;
}

function isEmpty(dir: string): boolean {
  try {
    return readdirSync(dir).length === 0;
  } catch {
    return false;
  }
}

/**
 * Refuses a file in the place of a directory, and a directory of somebody else that cannot be read. A missing one is accepted.
 * @throws PmError `directory-unusable`
 */
export function refuseFile(dir: string): void {
  const found = lookAt(dir);
  if (found === undefined) return;
  if (!found.isDirectory()) throw unusable(dir, 'is not a directory');
  if (found.uid !== process.geteuid?.() && !isReadable(dir))
    throw unusable(dir, `belongs to uid ${found.uid}, not to you`);
}

function isReadable(dir: string): boolean {
  try {
    accessSync(dir, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function refuseUnsafe(dir: string, found: Stats): void {
  if (!found.isDirectory()) throw unusable(dir, 'is not a directory');
  if (found.uid !== process.geteuid?.()) throw unusable(dir, `belongs to uid ${found.uid}, not to you`);
  // Others who may write could plant symbolic links and endings. A fixed folder in /tmp can be taken over this way.
  if ((found.mode & 0o022) !== 0) throw unusable(dir, 'may be written by other users (chmod go-w it)');
}

function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw unusable(path, `cannot be looked at (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function orUnusable<T>(dir: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EFBIG') throw error; // a limit of this process (ulimit -f): another directory would not help
    throw unusable(dir, `cannot be written (${code})`, error);
  }
}

function unusable(dir: string, why: string, cause?: unknown): PmError {
  return new PmError('directory-unusable', `${dir} ${why}`, 'Name another directory with --dir or PM_DIR.', { cause });
}

/**
 * Makes a folder of mode 0700, and the folders above it, if they are not there.
 * `mkdirSync` with `recursive` is no choice: in /proc, which answers ENOENT to every mkdir(2), it loops for ever (Node 20.20).
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    makeLastFolder(path);
  }
}

function makeLastFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another starter made it meanwhile
  }
}
