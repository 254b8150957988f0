import { type Stats, statSync } from 'node:fs';
import { isOwnWant } from './read-record.ts';

/**
 * What a path leads to; undefined if to nothing, or to nothing that can be looked at: a job may leave what it likes in its folder, as a
 * link that leads to itself.
 * @throws EMFILE, ENFILE, ENOMEM: what we lack says nothing about the file
 */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (isOwnWant((error as NodeJS.ErrnoException).code)) throw error;
    return undefined;
  }
}
