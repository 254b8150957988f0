import { closeSync, fstatSync, readSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { openLog } from '@pm/protocol/fs';

const MAX_BYTES = 1_500;
const MAX_LINES = 40;
const LOOK_AT_BYTES = 16_384;

/** The decisive last lines of a log: at most 40 and 1.5 kB, without control characters. Empty if there is no log or nothing in it. */
export function decisiveLines(file: string): string {
  const lines = plainText(endOf(file, LOOK_AT_BYTES)).trimEnd().split('\n').slice(-MAX_LINES);
  while (lines.length > 1 && Buffer.byteLength(lines.join('\n')) > MAX_BYTES) lines.shift();
  const [only = ''] = lines;
  return lines.length === 1
    ? Buffer.from(only)
        .subarray(-MAX_BYTES)
        .toString('utf8')
        .replace(/^\uFFFD+/, '')
    : lines.join('\n');
}

/** What a job printed, as text that cannot steer a terminal: no escape sequences, no control characters but tab and newline. */
export function plainText(text: string): string {
  return (
    stripVTControlCharacters(text)
      .replace(/\r\n/g, '\n')
      .split('\n')
      .map(lastVersionOf)
      .join('\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
  );
}

/** A carriage return starts the line over: what was before it is a progress bar's past. No pattern: on one long line it is quadratic. */
function lastVersionOf(line: string): string {
  return line.slice(line.lastIndexOf('\r', line.length - 2) + 1);
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
    // The first line is cut somewhere, perhaps within a character: leave it out unless it is all there is.
    return size > bytes && text.includes('\n') ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    closeSync(fd);
  }
}
