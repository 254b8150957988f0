import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { PmError } from '../errors.ts';

/**
 * Opens a log to read from. A job can put anything in the place of its own: a FIFO must not hold whoever looks, which open(2)
 * would do until somebody writes.
 * @throws what open(2) throws; PmError `not-supported` for what is no regular file
 */
export function openLog(file: string): number {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new PmError(
    'not-supported',
    `${file} is not a regular file any more.`,
    'Its run has put something else there; what it says of its end is in pm status.',
  );
}
