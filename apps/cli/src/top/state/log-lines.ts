import { PLAIN, styledLine, type TextStyle } from '@pm/operations/styled-line';
import { plain } from '../../text/plain-text.ts';
import { rowOfLine, type StyledText } from './styled-text.ts';

/** A piece of a log as it was read: raw text, and the bytes of the log that it is. */
export interface LogPiece {
  readonly text: string;
  /** The first byte. */
  readonly from: number;
  /** The byte behind the last one. */
  readonly to: number;
  /** Of a run with retries: the attempt whose log it is. */
  readonly attempt?: number | undefined;
}

/** The lines of a log, the last of which may still grow. */
export interface LogLines {
  readonly closed: readonly StyledText[];
  /** The raw text of the last line, without its end. */
  readonly open: string;
  /** Where the last line begins. */
  readonly openAt: LogPosition;
  /** The style in which the last line begins. */
  readonly style: TextStyle;
  /** From which reads the closed lines are, in order. */
  readonly reads: readonly LogRead[];
  /** How many lines were dropped at the beginning because there were too many. */
  readonly dropped: number;
  /** Whether the newest lines were dropped. Then text that is written now does not follow the last line, and is not taken. */
  readonly isEndDropped: boolean;
}

/** A byte of the log of an attempt. */
export type LogPosition = Pick<LogPiece, 'from' | 'attempt'>;

/** What one read has closed. `at` is where its first line begins, `size` the characters that are kept of it. */
interface LogRead {
  readonly at: LogPosition;
  readonly lines: number;
  readonly size: number;
}

/** A log of which nothing is loaded. */
export const NO_LINES: LogLines = {
  closed: [],
  open: '',
  openAt: { from: 0 },
  style: PLAIN,
  reads: [],
  dropped: 0,
  isEndDropped: false,
};

/** More lines, and more characters of lines, are not kept. */
const MOST_LINES = 50_000;
const MOST_CHARACTERS = 8_388_608;
/** Of a longer line only the beginning is kept. */
const MOST_OF_LINE = 16_384;

/** Where the lines begin. */
export function beginningOf({ reads, openAt }: LogLines): LogPosition {
  return reads[0]?.at ?? openAt;
}

/**
 * The lines with more text of the log behind them. The text is raw: its escape sequences become colours or nothing. If that is too much,
 * the oldest reads are dropped.
 */
export function withText(lines: LogLines, { text, from, to, attempt }: LogPiece): LogLines {
  if (lines.isEndDropped) return lines;
  const pieces = text.split('\n');
  const rest = pieces.pop() ?? '';
  const at = lines.open === '' ? { from, attempt } : lines.openAt;
  const closed = [...lines.closed];
  let { open, style } = lines;
  let size = 0;
  for (const piece of pieces) {
    ({ open, style } = grown(open, piece, style));
    const row = rowOfLine(open, style);
    closed.push(row.text);
    style = row.next;
    size += open.length + 1;
    open = '';
  }
  const last = grown(open, rest, style);
  if (pieces.length === 0) return { ...lines, ...last, openAt: at };
  const reads = [...lines.reads, { at, lines: pieces.length, size }];
  const surplus = surplusOf(reads);
  const dropped = linesOf(reads.slice(0, surplus));
  return {
    ...lines,
    ...last,
    closed: closed.slice(dropped),
    openAt: { from: to - Buffer.byteLength(rest), attempt },
    reads: reads.slice(surplus),
    dropped: lines.dropped + dropped,
  };
}

/** The lines with what was written before them. If that is too much, the newest reads are dropped. */
export function withEarlierText(lines: LogLines, piece: LogPiece): LogLines {
  const read = withText(NO_LINES, piece);
  const earlier = allLines(read);
  const size = Math.min(piece.text.length, earlier.length * MOST_OF_LINE);
  const at = { from: piece.from, attempt: piece.attempt };
  const reads = [{ at, lines: earlier.length, size }, ...lines.reads];
  const closed = [...earlier, ...lines.closed];
  const surplus = surplusOf(reads.toReversed());
  if (surplus === 0) return { ...lines, closed, reads };
  const kept = reads.slice(0, reads.length - surplus);
  return { ...lines, closed: closed.slice(0, linesOf(kept)), open: '', reads: kept, isEndDropped: true };
}

/** How many of the first reads are too much. The last one always stays. */
function surplusOf(reads: readonly LogRead[]): number {
  let size = reads.reduce((sum, read) => sum + read.size, 0);
  let lines = linesOf(reads);
  let surplus = 0;
  for (const read of reads.slice(0, -1)) {
    if (size <= MOST_CHARACTERS && lines <= MOST_LINES) break;
    size -= read.size;
    lines -= read.lines;
    surplus += 1;
  }
  return surplus;
}

function linesOf(reads: readonly LogRead[]): number {
  return reads.reduce((sum, { lines }) => sum + lines, 0);
}

/**
 * A line that has grown. A progress bar draws one line anew for hours with carriage returns: when the line is too long, only its last drawing is
 * kept.
 */
function grown(before: string, more: string, style: TextStyle): { readonly open: string; readonly style: TextStyle } {
  const line = before + more;
  if (line.length <= MOST_OF_LINE) return { open: line, style };
  let end = line.length;
  while (end > 0 && line[end - 1] === '\r') end -= 1;
  const drawn = end === 0 ? 0 : line.lastIndexOf('\r', end - 1) + 1;
  const open = line.slice(drawn, Math.min(end, drawn + MOST_OF_LINE)) + (end < line.length ? '\r' : '');
  return { open, style: drawn === 0 ? style : styledLine(line.slice(0, drawn), style).next };
}

/** All lines, the open one included if it has text. */
export function allLines({ closed, open, style }: LogLines): readonly StyledText[] {
  return open === '' ? closed : [...closed, rowOfLine(open, style).text];
}

/** The numbers of the lines that contain this text, in any case of its letters. */
export function linesWith(lines: readonly StyledText[], search: string): number[] {
  const wanted = plain(search).toLowerCase();
  if (wanted === '') return [];
  return lines.flatMap((line, n) => (textIn(line).toLowerCase().includes(wanted) ? [n] : []));
}

/** The text without its colours. */
export function textIn(line: StyledText): string {
  return line.map(({ text }) => text).join('');
}
