import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { PmError } from '../errors.ts';

/**
 * Opens a log for reading. A job may replace its log by a FIFO, on which a plain open(2) would wait until somebody writes. And it may be a
 * symbolic link, also in a folder that was cloned: what it leads to was never the output of a run.
 * @returns the file descriptor, which the caller closes
 * @throws what open(2) throws; PmError `not-supported` if the log is missing (a foreign writer may keep none), a symbolic link, or no
 *   regular file
 */
export function openLog(file: string): number {
  const fd = openThere(file);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw replaced(`${file} is not a regular file any more.`);
}

function openThere(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw replaced(`${file} is a symbolic link, and pm follows none.`, error);
    if (code !== 'ENOENT') throw error;
    const next = 'Its run keeps none, or somebody has deleted it; how it ended is told all the same.';
    throw new PmError('not-supported', `There is no ${file}.`, next, { cause: error });
  }
}

function replaced(what: string, cause?: unknown): PmError {
  const next = 'Its run has put something else there; how it ended is told all the same.';
  return new PmError('not-supported', what, next, cause === undefined ? {} : { cause });
}
