import { closeSync, fstatSync, readSync } from 'node:fs';
import { renderTerminal } from '@pm/output';
import type { RunRecord } from '@pm/protocol';
import { openLog } from '@pm/protocol/fs';

const MAX_BYTES = 1_500;
const MAX_LINES = 40;
const LOOK_AT_BYTES = 16_384;

/** The last lines of a log, at most 40 lines and 1.5 kB, without control characters. Empty if there is no log or it is empty. */
export function logTail(file: string): string {
  const lines = renderTerminal(endOf(file, LOOK_AT_BYTES)).trimEnd().split('\n').slice(-MAX_LINES);
  while (lines.length > 1 && Buffer.byteLength(lines.join('\n')) > MAX_BYTES) lines.shift();
  const [only = ''] = lines;
  return lines.length === 1
    ? Buffer.from(only)
        .subarray(-MAX_BYTES)
        .toString('utf8')
        .replace(/^\uFFFD+/, '')
    : lines.join('\n');
}

function endOf(file: string, bytes: number): string {
  let fd: number;
  try {
    fd = openLog(file);
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(fd);
    const buffer = Buffer.alloc(Math.min(size, bytes));
    const text = buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, size - buffer.length));
    // The first line is incomplete, and may begin inside of a character: it is left out unless it is the only one.
    return size > bytes && text.includes('\n') ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(fd);
  }
}

/** The attempt at which to start reading all output of a run; undefined if it has no retries, and so one log. */
export function firstLoggedAttempt({ policy }: RunRecord): number | undefined {
  return (policy.retries ?? 0) > 0 ? 1 : undefined;
}
