import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { PmError } from '@pm/protocol';
import { BYTES } from './byte-text.ts';

/**
 * The text of a file, one character for each byte; undefined if it does not exist.
 * @throws PmError `directory-unusable` if it cannot be read
 */
export function bytesAt(file: string): string | undefined {
  try {
    return readFileSync(file, BYTES);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // ENOTDIR: a file is where a folder would have to be. Writing says so.
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const next = 'Make it readable for you, then make the same call again.';
    throw new PmError('directory-unusable', `${file} cannot be read (${code}).`, next, { cause: error });
  }
}

/**
 * Replaces the whole file at once, or not at all: most of it belongs to somebody else. A link is followed, and the mode stays.
 * @param before what was read; if the file has another text now, nothing is written
 * @param after the new text; undefined removes the file. Its folder stays, even if it is empty then: nothing tells whether we made it
 * @throws PmError `directory-unusable`; the file is unchanged then
 */
export function replaceFile(file: string, before: string | undefined, after: string | undefined): void {
  if (bytesAt(file) !== before)
    throw new PmError(
      'directory-unusable',
      `${file} was changed meanwhile, so it was not written.`,
      'Make the same call again.',
    );
  try {
    const target = targetOf(file);
    const mode = statSync(target, { throwIfNoEntry: false })?.mode;
    // The superuser could write it. But somebody has said that nobody should.
    if (mode !== undefined && (mode & 0o222) === 0) throw Object.assign(new Error(), { code: 'it is read-only' });
    if (after === undefined) rmSync(target);
    else replace(target, after, mode);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function replace(target: string, text: string, mode: number | undefined): void {
  mkdirSync(dirname(target), { recursive: true });
  const sibling = `${target}.pm-${process.pid}`;
  try {
    writeFileSync(sibling, text, { flag: 'wx', encoding: BYTES, flush: true });
    if (mode !== undefined) chmodSync(sibling, mode);
    renameSync(sibling, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') rmSync(sibling, { force: true });
    throw error;
  }
}

/** The file itself, if this is a link to it. CLAUDE.md is often a link to AGENTS.md. What it leads to need not exist. */
export function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const link = linkAt(file);
    return link === undefined ? file : targetOf(resolve(dirname(file), link));
  }
}

/**
 * Where a file really is, if that is outside of a folder: a link may lead there. Undefined if it is inside.
 * @param file it need not exist, nor the folders above it
 */
export function outsideOf(home: string, file: string): string | undefined {
  const target = targetOf(file);
  let existing = target;
  while (!existsSync(existing)) existing = dirname(existing);
  const real = realpathSync(existing) + target.slice(existing.length);
  return relative(realpathSync(home), real).startsWith('..') ? real : undefined;
}

/** The link on the way to a file, from `home` on, that leads to nothing; undefined if there is none. */
export function brokenLinkOf(home: string, file: string): { readonly link: string; readonly to: string } | undefined {
  for (let link = file; link.length > home.length; link = dirname(link)) {
    const to = linkAt(link);
    if (to !== undefined && !existsSync(link)) return { link, to };
  }
  return undefined;
}

function linkAt(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined; // not a link, or it does not exist
  }
}

function unwritable(file: string, error: unknown): PmError {
  const { code } = error as NodeJS.ErrnoException;
  const next = 'Make it writable for you, then make the same call again.';
  return new PmError('directory-unusable', `${file} cannot be written (${code}).`, next, { cause: error });
}
