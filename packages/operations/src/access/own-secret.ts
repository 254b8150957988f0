import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The secret in a file that no other user can read. The file is created if it does not exist.
 * @throws an Error that says what is wrong with the file
 */
export function ownSecret(file: string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.uid !== process.geteuid?.() || (stat.mode & 0o077) !== 0)
      throw new Error(`${file} can be read by other users, or belongs to one: remove it, and a new one is created`);
    const secret = readFileSync(fd, 'utf8').trim();
    if (!/^[\w-]{32,128}$/.test(secret)) throw new Error(`${file} has no secret: remove it, and a new one is created`);
    return secret;
  } finally {
    closeSync(fd);
  }
}
