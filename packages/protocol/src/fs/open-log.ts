import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { PmError } from '../errors.ts';

/**
 * Opens a log to read from. A job can put anything in the place of its own: a FIFO must not hold whoever looks, which open(2)
 * would do until somebody writes.
 * @throws what open(2) throws; PmError `not-supported` for what is no regular file, or not there: a foreign writer may keep none
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
