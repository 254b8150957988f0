import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Decoded } from '../codec.ts';

/** What a reader may find. `malformed` is not absent, never a success, and never a reason to kill. */
export type Reading<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly value: T; readonly atMs: number }
  | Exclude<Decoded<T>, { kind: 'present' }>;

/** Our records are much smaller. Results, which a job writes, have a cap of their own. */
const MAX_RECORD_BYTES = 1_048_576;

/**
 * Reads one small record as if an enemy had written it: no symbolic link is followed, no FIFO blocks, and a file that is not regular,
 * not ours or too large is malformed.
 * @throws EMFILE, ENFILE, ENOMEM: our own lack of handles or memory says nothing about the record
 * @returns the decoded value with the file's mtime (`atMs`, epoch ms)
 */
export function readRecord<T>(
  path: string,
  decode: (text: string) => Decoded<T>,
  maxBytes: number = MAX_RECORD_BYTES,
): Reading<T> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    if (isOutOfResources(code)) throw error;
    return { kind: 'malformed', why: code === 'ELOOP' ? 'a symbolic link' : `unreadable (${code})` };
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { kind: 'malformed', why: 'not a regular file' };
    if (stat.uid !== process.geteuid?.()) return { kind: 'malformed', why: `owned by uid ${stat.uid}` };
    if (stat.size > maxBytes) return { kind: 'malformed', why: `${stat.size} bytes, more than ${maxBytes}` };
    const buffer = Buffer.alloc(stat.size);
    const decoded = decode(buffer.toString('utf8', 0, readSync(fd, buffer, 0, stat.size, 0)));
    return decoded.kind === 'present' ? { ...decoded, atMs: stat.mtimeMs } : decoded;
  } catch (error) {
    return { kind: 'malformed', why: `unreadable (${(error as NodeJS.ErrnoException).code ?? 'decoder'})` };
  } finally {
    closeSync(fd);
  }
}

/** True for the errors of open(2) that say only that we lack handles or memory. The record must not count as malformed then. */
export function isOutOfResources(code: string | undefined): boolean {
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM';
}

/** The value of a record, or undefined if it is not there or not whole. */
export function presentIn<T>(reading: Reading<T>): T | undefined {
  return reading.kind === 'present' ? reading.value : undefined;
}
