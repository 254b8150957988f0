import { closeSync, fstatSync, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { cutMiddle, openTerminal, type TerminalLine } from '@pm/output';
import { PmError } from '@pm/protocol';
import { openLog } from '@pm/protocol/fs';
import type { LogSlice } from './read-log.ts';

const SLICE_BYTES = 1_048_576;
const NEWLINE = 10;
/** A very long line loses its middle, so that it does not fill the memory. */
const LONGEST_LINE = 65_536;
/** A line beside the wanted one is cut to so many bytes. */
const BESIDE_BYTES = 480;

/** A line with its number. */
interface Numbered extends TerminalLine {
  readonly number: number;
}

/**
 * The lines around the line `wanted`, as `number: text`: as many as fit, at most `lines` lines and `maxBytes` bytes. They are numbered as
 * `grepLog` does it. Nothing behind them is read.
 * @throws PmError `usage` if the log has fewer lines; AbortError
 */
export async function linesAround(
  file: string,
  wanted: number,
  lines: number,
  maxBytes: number,
  signal: AbortSignal,
): Promise<LogSlice> {
  const before = Math.floor(Math.max(lines, 1) / 2);
  const behind = Math.max(lines, 1) - 1 - before;
  const fd = openLog(file);
  try {
    const totalBytes = fstatSync(fd).size;
    const near: Numbered[] = [];
    let number = 0;
    for (const slice of slicesOf(fd, totalBytes)) {
      for (const line of slice) {
        number += 1;
        if (number >= wanted - before && number <= wanted + behind + 1) near.push({ ...line, number });
      }
      if (number > wanted + behind) break;
      await nextTurn();
      signal.throwIfAborted();
    }
    if (number < wanted) throw noSuchLine(wanted, number);
    const [first, last] = shownAround(near, wanted, wanted + behind, maxBytes);
    const text = near.slice(first, last + 1).map((line) => `${textOf(line, wanted, maxBytes)}\n`);
    const [from = 0, to = totalBytes] = [near[first]?.at, near[last + 1]?.at];
    const isCut = first === last && text[0] !== `${wanted}: ${near[first]?.text}\n`;
    return { text: text.join(''), from, to, totalBytes, ...(isCut && { isCut }) };
  } finally {
    closeSync(fd);
  }
}

function textOf({ number, text }: Numbered, wanted: number, maxBytes: number): string {
  const head = `${number}: `;
  return head + cutMiddle(text, number === wanted ? Math.max(1, maxBytes - head.length - 1) : BESIDE_BYTES);
}

/** The indexes of the first and the last line that fit, taken from the wanted one on, in turn before and behind it. */
function shownAround(near: readonly Numbered[], wanted: number, most: number, maxBytes: number): [number, number] {
  const middle = near.findIndex(({ number }) => number === wanted);
  let [first, last] = [middle, middle];
  let room = maxBytes;
  const fits = (i: number): boolean => {
    const line = near[i];
    if (line === undefined || line.number > most) return false;
    const bytes = Buffer.byteLength(textOf(line, wanted, maxBytes)) + 1;
    if (bytes > room) return false;
    room -= bytes;
    return true;
  };
  room -= Buffer.byteLength(textOf(near[middle] ?? { number: wanted, text: '', at: 0 }, wanted, maxBytes)) + 1;
  for (let [isBefore, isBehind] = [true, true]; isBefore || isBehind; ) {
    isBefore &&= fits(first - 1);
    if (isBefore) first -= 1;
    isBehind &&= fits(last + 1);
    if (isBehind) last += 1;
  }
  return [first, last];
}

function noSuchLine(wanted: number, count: number): PmError {
  const has = count === 0 ? 'The log is empty' : `The log has ${count === 1 ? 'one line' : `${count} lines`}`;
  return new PmError('usage', `${has}, so there is no line ${wanted}.`, 'Leave out --around to see its end.');
}

/** The lines of a log as a terminal shows them, slice by slice, each with the offset at which it begins. */
function* slicesOf(fd: number, totalBytes: number): Generator<readonly TerminalLine[]> {
  const terminal = openTerminal({ longestLine: LONGEST_LINE });
  for (let at = 0; at < totalBytes; ) {
    const buffer = Buffer.alloc(Math.min(SLICE_BYTES, totalBytes - at));
    const length = readSync(fd, buffer, 0, buffer.length, at);
    if (length === 0) break;
    const whole = buffer.lastIndexOf(NEWLINE, length - 1) + 1 || length; // what follows is read again with its end
    for (let from = 0; from < whole; ) {
      const newline = buffer.indexOf(NEWLINE, from);
      const end = newline < 0 ? whole : newline;
      terminal.write(buffer.toString('utf8', from, end), at + from);
      from = end + 1;
      if (newline >= 0) terminal.write('\n', at + from);
    }
    at += whole;
    yield terminal.takeClosed();
  }
  terminal.end();
  const last = terminal.open();
  yield last.at(-1)?.text === '' ? last.slice(0, -1) : last;
}
