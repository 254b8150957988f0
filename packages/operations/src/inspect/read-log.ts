import { closeSync, fstatSync, readSync } from 'node:fs';
import { cutMiddle, openTerminal, renderTerminal, type TerminalLine } from '@pm/output';
import { decodeTruncated } from '@pm/protocol';
import { openLog, presentIn, readRecord } from '@pm/protocol/fs';

/** A piece of a log, as a terminal shows it. */
export interface LogSlice {
  readonly text: string;
  /** The bytes of the file that it was made of. */
  readonly from: number;
  readonly to: number;
  readonly totalBytes: number;
  /** The first line was too long: its middle was left out. */
  readonly isCut?: boolean;
}

/** A part of a long line is shown only if at least this much of it fits. */
const FEWEST_BYTES = 200;

/** How much of the end of a log is read, unless the call asks for more. Programs that redraw their lines write many bytes for little text. */
const MOST_READ = 1_048_576;

/** The last `lines` lines, at most `maxBytes`. It starts at a line start. A very long first line loses its middle. */
export function tailOf(file: string, lines: number, maxBytes: number): LogSlice {
  return withLog(file, (fd, totalBytes) => {
    const nothing = { text: '', from: totalBytes, to: totalBytes, totalBytes };
    if (lines === 0 || totalBytes === 0) return nothing;
    for (let read = maxBytes; ; read *= 4) {
      const from = Math.max(0, totalBytes - read);
      const bytes = readAt(fd, from, totalBytes - from);
      const isMost = read >= Math.max(MOST_READ, 4 * maxBytes);
      const first = from === 0 || readAt(fd, from - 1, 1)[0] === NEWLINE ? 0 : firstLineIn(bytes);
      if (first === undefined && !isMost) continue;
      const shown = linesIn(bytes, first ?? firstCharacterIn(bytes), from);
      const isEnded = shown.at(-1)?.text === '';
      if (isEnded) shown.pop();
      const last = lastWithin(shown.slice(-lines), maxBytes - (isEnded ? 1 : 0));
      if (from > 0 && last.length === shown.length && !isMost) continue; // there is room for earlier lines
      const [earliest] = last;
      if (earliest === undefined) return nothing;
      const text = last.map((line) => line.shown).join('\n');
      const isCut = earliest.shown !== earliest.text;
      return {
        text: isEnded ? `${text}\n` : text,
        from: earliest.at,
        to: totalBytes,
        totalBytes,
        ...(isCut && { isCut }),
      };
    }
  });
}

/** Where the first whole line begins behind a part of one; undefined if there is only a part. */
function firstLineIn(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(NEWLINE);
  return end < 0 || end === bytes.length - 1 ? undefined : end + 1;
}

function firstCharacterIn(bytes: Buffer): number {
  return Math.max(
    bytes.findIndex((byte) => (byte & 0xc0) !== 0x80),
    0,
  );
}

/** The lines as a terminal shows them. Each has the offset in the file of the line that first drew it. */
function linesIn(bytes: Buffer, first: number, base: number): TerminalLine[] {
  const terminal = openTerminal();
  for (let at = first; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at);
    const to = end < 0 ? bytes.length : end;
    terminal.write(bytes.toString('utf8', at, to), base + at);
    at = to + 1;
    if (end >= 0) terminal.write('\n', base + at);
  }
  terminal.end();
  return [...terminal.takeClosed(), ...terminal.open()];
}

interface ShownLine extends TerminalLine {
  readonly shown: string;
}

/** The last lines that take at most `maxBytes`. The line before them loses its middle, if it is one that would hardly ever fit. */
function lastWithin(lines: readonly TerminalLine[], maxBytes: number): ShownLine[] {
  const kept: ShownLine[] = [];
  let left = maxBytes;
  for (const line of lines.toReversed()) {
    const bytes = Buffer.byteLength(line.text);
    if (bytes > left && kept.length > 0 && (bytes < maxBytes / 2 || left < FEWEST_BYTES)) break;
    kept.unshift({ ...line, shown: cutMiddle(line.text, left) });
    left -= bytes + 1;
    if (left < 0) break;
  }
  return kept;
}

/**
 * The bytes after `cursor`, at most `maxBytes`, up to a line end if there is one, else up to the end of a character. The part that the size
 * limit has removed is skipped.
 */
export function sliceFrom(file: string, cursor: number, maxBytes: number, truncatedFile: string | undefined): LogSlice {
  return withLog(file, (fd, totalBytes) => {
    const from = pastHole(cursor > totalBytes ? 0 : cursor, truncatedFile);
    const bytes = readAt(fd, from, Math.min(maxBytes, Math.max(totalBytes - from, 0)));
    const isEnd = from + bytes.length >= totalBytes;
    const whole = isEnd ? bytes.length : bytes.lastIndexOf(NEWLINE) + 1 || wholeCharactersIn(bytes);
    const text = renderTerminal(bytes.toString('utf8', 0, whole));
    return { text, from, to: from + whole, totalBytes };
  });
}

/** The length without the beginning of a character at the end. If there is nothing else, all is taken, so that reading goes on. */
export function wholeCharactersIn(bytes: Buffer): number {
  const start = bytes.findLastIndex((byte) => (byte & 0xc0) !== 0x80);
  const isSplit = start >= 0 && new TextDecoder().decode(bytes.subarray(start)).includes('\ufffd');
  return isSplit && start > 0 ? start : bytes.length;
}

/** The bytes from an offset to the end, as they are. */
export function bytesFrom(file: string, from: number, to: number): Buffer {
  return withLog(file, (fd) => readAt(fd, from, to - from));
}

const NEWLINE = 10;

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
