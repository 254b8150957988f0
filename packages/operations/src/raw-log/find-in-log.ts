import { closeSync, fstatSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cutAround, renderTerminal } from '@pm/output';
import { openLog } from '@pm/protocol/fs';
import { chooseLog } from '../inspect/choose-log.ts';
import { gapIn, type LogPlace, readAt, runAt } from './log-window.ts';

/** How many bytes of a log one call searches, how many of them at a time, and after how many matches it answers. */
const PIECE_BYTES = 16_777_216;
const SLICE_BYTES = 1_048_576;
const MOST_MATCHES = 500;
/** How much of a line with a match is given. */
const SHOWN_BYTES = 400;

/** What is searched for: a text, from a byte on (default: from the start). */
export interface LogSearch {
  readonly pattern: string;
  readonly from?: number | undefined;
}

/** What was found in one piece of a log. */
export interface LogMatches {
  /** The offset of each line with a match, and the line as a terminal shows it. */
  readonly matches: readonly { readonly at: number; readonly text: string }[];
  readonly from: number;
  /** Where the next call goes on. */
  readonly to: number;
  readonly totalBytes: number;
}

/**
 * Searches a piece of a log for a text, not for a regular expression: that could take for ever, and a server has other callers.
 * Capital letters only count if the text has some.
 * @throws PmError as `logWindow`; AbortError
 */
export async function findInLog(
  place: LogPlace,
  { pattern, from = 0 }: LogSearch,
  signal: AbortSignal,
): Promise<LogMatches> {
  const { file, truncated } = chooseLog(place.dir, runAt(place), place);
  const gap = gapIn(truncated);
  const isExact = pattern !== pattern.toLowerCase();
  const fd = openLog(file);
  try {
    const totalBytes = fstatSync(fd).size;
    const matches: { at: number; text: string }[] = [];
    let at = from;
    while (at < totalBytes && at < from + PIECE_BYTES && matches.length < MOST_MATCHES && pattern !== '') {
      if (gap !== undefined && at >= gap.from && at < gap.to) {
        at = gap.to;
        continue;
      }
      const end = gap !== undefined && at < gap.from ? Math.min(gap.from, totalBytes) : totalBytes;
      const read = readAt(fd, at, Math.min(SLICE_BYTES, end - at));
      if (read.length === 0) break;
      const isLast = at + read.length >= end;
      // A line that is longer than a slice is searched in parts.
      const whole = isLast ? read.length : read.lastIndexOf(NEWLINE) + 1 || read.length;
      let to = whole;
      for (const found of linesWith(read.subarray(0, whole), pattern, isExact)) {
        matches.push({ at: at + found.at, text: found.text });
        if (matches.length < MOST_MATCHES) continue;
        to = Math.min(found.to, whole); // the next call goes on with the next line
        break;
      }
      at += to;
      await nextTurn();
      signal.throwIfAborted();
    }
    return { matches, from, to: pattern === '' ? totalBytes : at, totalBytes };
  } finally {
    closeSync(fd);
  }
}

const NEWLINE = 10;

function* linesWith(
  bytes: Buffer,
  pattern: string,
  isExact: boolean,
): Generator<{ at: number; to: number; text: string }> {
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, from);
    const to = end < 0 ? bytes.length : end;
    const raw = bytes.toString('utf8', from, to);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a line without them is what a terminal shows
    const text = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(raw) ? renderTerminal(raw) : raw;
    const at = (isExact ? text : text.toLowerCase()).indexOf(pattern);
    if (at >= 0) yield { at: from, to: to + 1, text: cutAround(text, at, SHOWN_BYTES) };
    from = to + 1;
  }
}
