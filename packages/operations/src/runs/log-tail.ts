import { closeSync, fstatSync, readSync } from 'node:fs';
import { cutMiddle, decisiveExcerpt, namesAnError, renderTerminal } from '@pm/output';
import { DEFAULTS, type RunRecord } from '@pm/protocol';
import { openLog, readAttempt } from '@pm/protocol/fs';

/**
 * How much of the end of a log is looked at for what has failed: the first amount, then more if that names no error, then more if it is
 * part of one very long line. In a list of runs it is less, because there are many logs.
 */
const LOOK_AT_BYTES = { one: [1_048_576, 4_194_304], listed: [16_384, 131_072, 4_194_304] } as const;
/** How much of the end is looked at for notes about an output. */
const NOTES_BYTES = 16_384;
/** Of a larger log the lines are not counted. */
const MOST_COUNTED_BYTES = 67_108_864;
const NEWLINE = 10;
/** The last lines of a live run, and where they are read. */
const LIVE_BYTES = 480;
const LIVE_LOOK_AT_BYTES = 4_096;

// Why: contributing/decisions/2026-11-29-which-lines-of-a-failure.md
/** What a log says about a failure. */
export interface LogTail {
  readonly text: string;
  /** The number of the line that names the error; absent if no line does, or the lines were not counted. */
  readonly line?: number;
  readonly lines?: number;
}

/**
 * The lines of a log that a person would quote of a failure, at most 40 lines and 1.4 kB, as a terminal shows them: the last ones, and
 * those that name the error. Empty if there is no log or it is empty.
 * @param look `listed`: it is one of many logs, so less of it is looked at
 */
export function logTail(file: string, look: keyof typeof LOOK_AT_BYTES): LogTail {
  const amounts = LOOK_AT_BYTES[look];
  let text = '';
  let before: number | undefined;
  for (const bytes of amounts) {
    const end = endOf(file, bytes);
    text = renderTerminal(end.text);
    before = end.isWhole ? 0 : look === 'one' ? linesBefore(file, end.from) : undefined;
    const isPartOfALine = !/[\r\n]\s*\S/.test(end.text);
    if (end.isWhole || (namesAnError(text) && !isPartOfALine) || (bytes > amounts[0] && !isPartOfALine)) break;
  }
  return decisiveExcerpt(text, { firstLine: before === undefined ? 'unknown' : before + 1 });
}

/** The number of lines that end before a byte of a log; undefined if they are too many to count. */
function linesBefore(file: string, end: number): number | undefined {
  if (end > MOST_COUNTED_BYTES) return undefined;
  const fd = openLog(file);
  try {
    const buffer = Buffer.alloc(1_048_576);
    let count = 0;
    for (let at = 0; at < end; ) {
      const length = readSync(fd, buffer, 0, Math.min(buffer.length, end - at), at);
      if (length === 0) break;
      const read = buffer.subarray(0, length);
      for (let i = read.indexOf(NEWLINE); i >= 0; i = read.indexOf(NEWLINE, i + 1)) count += 1;
      at += length;
    }
    return count;
  } finally {
    closeSync(fd);
  }
}

/** The last lines of a log with text in them, as a terminal shows them, at most 480 bytes. For a live run: what it does now. */
export function lastLines(file: string, count: number): string {
  const lines = renderTerminal(endOf(file, LIVE_LOOK_AT_BYTES).text)
    .split('\n')
    .flatMap((line) => (line.trim() === '' ? [] : [line.trimEnd()]))
    .slice(-count);
  return lines.map((line) => cutMiddle(line, Math.floor(LIVE_BYTES / lines.length) - 1)).join('\n');
}

/** The end of a log as a terminal shows it, some hundred lines. */
export function endOfLog(file: string): string {
  return renderTerminal(endOf(file, NOTES_BYTES).text);
}

interface EndOfLog {
  readonly text: string;
  /** The byte at which it begins. */
  readonly from: number;
  readonly isWhole: boolean;
}

function endOf(file: string, bytes: number): EndOfLog {
  let fd: number;
  try {
    fd = openLog(file);
  } catch {
    return { text: '', from: 0, isWhole: true };
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const start = size - buffer.length;
    const read = buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start));
    if (size <= bytes) return { text: read.toString('utf8'), from: 0, isWhole: true };
    // The first line is incomplete, and may begin inside of a character: it is left out unless there is nothing else.
    const first = read.indexOf(NEWLINE) + 1;
    const whole = read.toString('utf8', first);
    if (whole.trim() !== '') return { text: whole, from: start + first, isWhole: false };
    return { text: read.toString('utf8').replace(/^\uFFFD+/, ''), from: start, isWhole: false };
  } finally {
    closeSync(fd);
  }
}

/** The first attempt of a run that has a log, from which all its output is read; undefined if it has no retries, and so one log. */
export function firstLoggedAttempt(dir: string, run: RunRecord): number | undefined {
  const now = readAttempt(dir, run);
  if (now === undefined) return undefined;
  return run.policy.restart === undefined ? 1 : Math.max(1, now.n - DEFAULTS.keptAttempts);
}

/** Why there is no output of an adopted process, in one clause; undefined for a run that pm has started. */
export function unseenOutput({ adopted }: RunRecord): string | undefined {
  if (adopted === undefined) return undefined;
  const { output = '' } = adopted;
  const isFile = output !== '' && !output.startsWith('/dev/');
  return isFile ? `its output goes to ${output}, not to pm` : 'its output does not come to pm, which did not start it';
}
