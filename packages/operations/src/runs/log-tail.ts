import { closeSync, fstatSync, readSync } from 'node:fs';
import { cutMiddle, decisiveLines, namesAnError, renderTerminal } from '@pm/output';
import type { RunRecord } from '@pm/protocol';
import { openLog } from '@pm/protocol/fs';

/** How much of a log is looked at: first its end, then more if that names no error, then more if it is part of one very long line. */
const LOOK_AT_BYTES = [16_384, 131_072, 4_194_304] as const;
/** The last lines of a live run, and where they are read. */
const LIVE_BYTES = 480;
const LIVE_LOOK_AT_BYTES = 4_096;

/**
 * The lines of a log that a person would quote of a failure, at most 40 lines and 1.4 kB, as a terminal shows them: the last ones, and
 * those that name the error. Empty if there is no log or it is empty.
 */
export function logTail(file: string): string {
  let text = '';
  for (const bytes of LOOK_AT_BYTES) {
    const end = endOf(file, bytes);
    text = renderTerminal(end.text);
    const isPartOfALine = !/[\r\n]\s*\S/.test(end.text);
    if (end.isWhole || (namesAnError(text) && !isPartOfALine) || (bytes > LOOK_AT_BYTES[0] && !isPartOfALine)) break;
  }
  return decisiveLines(text);
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
  return renderTerminal(endOf(file, LOOK_AT_BYTES[0]).text);
}

function endOf(file: string, bytes: number): { readonly text: string; readonly isWhole: boolean } {
  let fd: number;
  try {
    fd = openLog(file);
  } catch {
    return { text: '', isWhole: true };
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, size - buffer.length));
    if (size <= bytes) return { text, isWhole: true };
    // The first line is incomplete, and may begin inside of a character: it is left out unless there is nothing else.
    const whole = text.slice(text.indexOf('\n') + 1);
    return { text: whole.trim() === '' ? text.replace(/^\uFFFD+/, '') : whole, isWhole: false };
  } finally {
    closeSync(fd);
  }
}

/** The attempt at which to start reading all output of a run; undefined if it has no retries, and so one log. */
export function firstLoggedAttempt({ policy }: RunRecord): number | undefined {
  return (policy.retries ?? 0) > 0 ? 1 : undefined;
}
