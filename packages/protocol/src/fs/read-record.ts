import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Decoded } from '../codec.ts';

/** What a reader may find. Malformed is not absent, never success, never a reason to kill. */
export type Reading<T> =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly value: T; readonly atMs: number }
  | Exclude<Decoded<T>, { kind: 'present' }>;

/** No record of ours comes near this; a result may be the job's own and is capped separately. */
const MAX_RECORD_BYTES = 1_048_576;

/**
 * Reads one small record as if an enemy had written it: no symlink is followed, no FIFO blocks, and a file that is
 * not regular, not ours or too large is malformed.
 * @throws EMFILE, ENFILE, ENOMEM: what we lack says nothing about the record
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
    if (isOwnWant(code)) throw error;
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

/** That we lack handles or memory says nothing about the record (open(2)): it must not read as malformed. */
export function isOwnWant(code: string | undefined): boolean {
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM';
}

/** The value of a record, if it is there and whole. */
export function presentIn<T>(reading: Reading<T>): T | undefined {
  return reading.kind === 'present' ? reading.value : undefined;
}
