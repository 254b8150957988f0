import { randomBytes } from 'node:crypto';
import { closeSync, constants, existsSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PmError } from '@pm/protocol';
import { createRecord, isOutOfRoom } from '@pm/protocol/fs';

/**
 * The secret in a file that no other user can read. The file is created, whole or not at all, if it does not exist.
 * @throws a PmError of code `directory-unusable` that says what is wrong with the file or its disk
 */
export function ownSecret(file: string): string {
  if (!existsSync(file)) create(file);
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.uid !== process.geteuid?.() || (stat.mode & 0o077) !== 0)
      throw unusable(file, 'can be read by other users, or belongs to one');
    const secret = readFileSync(fd, 'utf8').trim();
    if (!/^[\w-]{32,128}$/.test(secret)) throw unusable(file, 'has no secret');
    return secret;
  } finally {
    closeSync(fd);
  }
}

function create(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    createRecord(file, `${randomBytes(32).toString('base64url')}\n`);
  } catch (error) {
    if (!isOutOfRoom(error)) throw error;
    const next = 'Free some space, then try again.';
    throw new PmError('directory-unusable', `The disk of ${dirname(file)} is full.`, next, { cause: error });
  }
}

function unusable(file: string, why: string): PmError {
  return new PmError('directory-unusable', `${file} ${why}.`, 'Remove it, then try again: a new one is created.');
}
