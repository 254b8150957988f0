import { closeSync, fstatSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { decodeTruncated, PmError } from '@pm/protocol';
import { openLog, presentIn, readRecord } from '@pm/protocol/fs';

/** The bytes `from` to `to` of a log. */
export interface LogSlice {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly totalBytes: number;
}

const SLICE_BYTES = 1_048_576;
const LONGEST_LINE = 65_536;

/** The last `lines` lines, at most `maxBytes`. It starts at a line start, unless the last line alone is longer than `maxBytes`. */
export function tailOf(file: string, lines: number, maxBytes: number): LogSlice {
  return withLog(file, (fd, totalBytes) => {
    const from = Math.max(0, totalBytes - maxBytes);
    const bytes = readAt(fd, from, totalBytes - from);
    const last = bytes.at(-1) === NEWLINE ? bytes.length - 2 : bytes.length - 1;
    const first = from === 0 || readAt(fd, from - 1, 1)[0] === NEWLINE ? 0 : beginningIn(bytes, last);
    let start = bytes.length;
    for (let found = 0, at = last; at >= first - 1; at--) {
      if (at === first - 1 || bytes[at] === NEWLINE) {
        found += 1;
        if (found > lines) break;
        start = at + 1;
      }
    }
    return {
      bytes: bytes.subarray(lines === 0 ? bytes.length : start),
      from: from + start,
      to: totalBytes,
      totalBytes,
    };
  });
}

/** Where the first complete line starts before byte `last`; if there is none, where the first complete character starts. */
function beginningIn(bytes: Buffer, last: number): number {
  const end = bytes.indexOf(NEWLINE);
  if (end >= 0 && end < last) return end + 1;
  const letter = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return Math.max(letter, 0);
}

/** The bytes after `cursor`, at most `maxBytes`, up to a line end if there is one. The part that the size limit has removed is skipped. */
export function sliceFrom(file: string, cursor: number, maxBytes: number, truncatedFile: string | undefined): LogSlice {
  return withLog(file, (fd, totalBytes) => {
    const from = pastHole(cursor > totalBytes ? 0 : cursor, truncatedFile);
    const bytes = readAt(fd, from, Math.min(maxBytes, Math.max(totalBytes - from, 0)));
    const whole = from + bytes.length < totalBytes ? bytes.lastIndexOf(NEWLINE) + 1 || bytes.length : bytes.length;
    return { bytes: bytes.subarray(0, whole), from, to: from + whole, totalBytes };
  });
}

/**
 * The last `lines` lines that match `pattern`, as `number: text`, at most `maxBytes`; earlier matches are dropped first.
 * The log is read in slices; the signal is checked between them.
 * @returns `matches`: how many lines matched; `shown`: how many of them are in the bytes
 * @throws PmError `usage` if the pattern backtracks for too long; AbortError
 */
export async function grepLog(
  file: string,
  pattern: RegExp,
  lines: number,
  maxBytes: number,
  signal: AbortSignal,
): Promise<LogSlice & { readonly matches: number; readonly shown: number }> {
  const fd = openLog(file);
  try {
    const totalBytes = fstatSync(fd).size;
    const kept: string[] = [];
    let keptBytes = 0;
    let matches = 0;
    let number = 0;
    for (const slice of slicesOf(fd, totalBytes)) {
      for (const line of matchesIn(slice, pattern)) {
        matches += 1;
        const hit = `${number + line + 1}: ${slice[line]?.slice(0, maxBytes)}`;
        kept.push(hit);
        keptBytes += Buffer.byteLength(hit) + 1;
        while (kept.length > lines || (keptBytes > maxBytes && kept.length > 1))
          keptBytes -= Buffer.byteLength(kept.shift() ?? '') + 1;
      }
      number += slice.length;
      await nextTurn();
      signal.throwIfAborted();
    }
    const bytes = Buffer.from(kept.map((line) => `${line}\n`).join(''));
    return { bytes, from: 0, to: totalBytes, totalBytes, matches, shown: kept.length };
  } finally {
    closeSync(fd);
  }
}

/** A slice is searched in milliseconds. A pattern that takes this long backtracks, and may never finish. */
const SLICE_MS = 2_000;

/** The indices of the lines that match. A timeout guards the search: nothing else can end a regular expression. */
function matchesIn(lines: readonly string[], pattern: RegExp): number[] {
  const match = (): number[] => lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
  try {
    return runInNewContext('match()', { match }, { timeout: SLICE_MS }) as number[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const message = `--grep: ${pattern.source} takes too long on a line of this log`;
    throw new PmError('usage', `${message}. It has repetitions inside of repetitions.`, 'Use a simpler pattern.');
  }
}

const NEWLINE = 10;

/** The lines of a log, slice by slice. A very long line is cut, so that it does not fill the memory. */
function* slicesOf(fd: number, totalBytes: number): Generator<string[]> {
  let rest = '';
  const decoder = new TextDecoder();
  for (let at = 0; at < totalBytes; ) {
    const chunk = readAt(fd, at, Math.min(SLICE_BYTES, totalBytes - at));
    if (chunk.length === 0) break;
    at += chunk.length;
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
    yield lines;
  }
  if (rest !== '') yield [rest];
}

function pastHole(cursor: number, truncatedFile: string | undefined): number {
  const cut = truncatedFile === undefined ? undefined : presentIn(readRecord(truncatedFile, decodeTruncated));
  return cut?.by === 'cap' && cursor >= cut.from && cursor < cut.to ? cut.to : cursor;
}

function withLog<T>(file: string, read: (fd: number, totalBytes: number) => T): T {
  const fd = openLog(file);
  try {
    return read(fd, fstatSync(fd).size);
  } finally {
    closeSync(fd);
  }
}

function readAt(fd: number, from: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, from));
}
