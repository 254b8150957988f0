import { closeSync, fstatSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { decodeTruncated, PmError } from '@pm/protocol';
import { openLog, presentIn, readRecord } from '@pm/protocol/fs';

/** Bytes `from` to `to` of a log, as they were read. */
export interface LogSlice {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly totalBytes: number;
}

const SLICE_BYTES = 1_048_576;
const LONGEST_LINE = 65_536;

/** The last `lines` lines, at most `maxBytes`, from the beginning of a line on; only one that alone is too long is cut at its front. */
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

/** Where the first whole line begins before byte `last`; with none, the first whole character. */
function beginningIn(bytes: Buffer, last: number): number {
  const end = bytes.indexOf(NEWLINE);
  if (end >= 0 && end < last) return end + 1;
  const letter = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
  return Math.max(letter, 0);
}

/** What comes after byte `cursor`, at most `maxBytes`, ending on a line if one ends there. Passes over the hole of a capped log. */
export function sliceFrom(file: string, cursor: number, maxBytes: number, truncatedFile: string | undefined): LogSlice {
  return withLog(file, (fd, totalBytes) => {
    const from = pastHole(cursor > totalBytes ? 0 : cursor, truncatedFile);
    const bytes = readAt(fd, from, Math.min(maxBytes, Math.max(totalBytes - from, 0)));
    const whole = from + bytes.length < totalBytes ? bytes.lastIndexOf(NEWLINE) + 1 || bytes.length : bytes.length;
    return { bytes: bytes.subarray(0, whole), from, to: from + whole, totalBytes };
  });
}

/**
 * The last `lines` lines that `pattern` matches, as `number: text`, until `maxBytes` are full; earlier matches give way.
 * In slices, between which the signal is heard.
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

/** A slice is matched in milliseconds; a pattern that takes this long backtracks, and would on one line for ever. */
const SLICE_MS = 2_000;

/** Indices of the lines that match. Under a watchdog: nothing else can end a regular expression. */
function matchesIn(lines: readonly string[], pattern: RegExp): number[] {
  const match = (): number[] => lines.flatMap((line, index) => (pattern.test(line) ? [index] : []));
  try {
    return runInNewContext('match()', { match }, { timeout: SLICE_MS }) as number[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    const message = `--grep: ${pattern.source} takes too long on a line of this log`;
    throw new PmError('usage', `${message}: repetitions within repetitions.`, 'Search for a plainer text.');
  }
}

const NEWLINE = 10;

/** The log's lines, some at a time; a line without end must not fill the memory. */
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
