import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { PmError } from '../errors.ts';

/**
 * Opens a log for reading. A job may replace its log by a FIFO, on which a plain open(2) would wait until somebody writes.
 * @returns the file descriptor, which the caller closes
 * @throws what open(2) throws; PmError `not-supported` if the log is missing (a foreign writer may keep none) or no regular file
 */
export function openLog(file: string): number {
  const fd = openThere(file);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new PmError(
    'not-supported',
    `${file} is not a regular file any more.`,
    'Its run has put something else there; how it ended is told all the same.',
  );
}

function openThere(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const next = 'Its run keeps none, or somebody has deleted it; how it ended is told all the same.';
    throw new PmError('not-supported', `There is no ${file}.`, next, { cause: error });
  }
}
