import { randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The token in a file that no other user can read. The file is created if it does not exist.
 * @throws an Error that says what is wrong with the file
 */
export function tokenIn(file: string): string {
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
      throw new Error(`${file} can be read by other users, or belongs to one: remove it, and pm-mcp creates a new one`);
    const token = readFileSync(fd, 'utf8').trim();
    if (!/^[\w-]{32,128}$/.test(token))
      throw new Error(`${file} has no token: remove it, and pm-mcp creates a new one`);
    return token;
  } finally {
    closeSync(fd);
  }
}

/** Whether a request has the token. The comparison takes constant time, so that its duration reveals nothing about the token. */
export function hasToken(request: Request, token: string): boolean {
  const given = Buffer.from(request.headers.get('authorization') ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
