import { PmError } from '@pm/protocol';
import { isOutOfRoom } from '@pm/protocol/fs';
import type { Context } from './context.ts';
import { locateDirectory } from './locate-directory.ts';

/** The same error, or a clear one if the disk of the runs is full. */
export function explainFullDisk(error: unknown, input: unknown, context: Context): unknown {
  if (!isOutOfRoom(error)) return error;
  const { dir } = Object(input) as { dir?: string };
  const message = `The disk of ${locateDirectory(dir, context)} is full.`;
  return new PmError('directory-unusable', message, 'Free some space, then try again.', { cause: error });
}
