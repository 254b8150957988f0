import { PmError } from '@pm/protocol';
import { isOutOfRoom } from '@pm/protocol/fs';
import type { Context } from './context.ts';
import { locateDirectory } from './locate-directory.ts';

/** The same fault, or in words if it is that the disk of the runs has no room: no bug of ours, and something can be done about it. */
export function explainFullDisk(error: unknown, input: unknown, context: Context): unknown {
  if (!isOutOfRoom(error)) return error;
  const { dir } = Object(input) as { dir?: string };
  const message = `The disk of ${locateDirectory(dir, context)} is full.`;
  return new PmError('directory-unusable', message, 'Make some room there, then ask again.', { cause: error });
}
