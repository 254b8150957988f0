import { plain } from '../../text/plain-text.ts';
import { rowOfLine, type StyledText } from './styled-text.ts';

/** The lines of a log, the last of which may still grow. */
export interface LogLines {
  readonly closed: readonly StyledText[];
  /** The raw text of the last line, without its end. */
  readonly open: string;
  /** The colours in which the next line begins. */
  readonly colours: string;
  /** How many lines were dropped at the beginning because there were too many. */
  readonly dropped: number;
}

export const NO_LINES: LogLines = { closed: [], open: '', colours: '', dropped: 0 };

/** More lines are not kept: the oldest are dropped. */
const MOST_LINES = 50_000;
/** Of a longer line only the beginning is kept. */
const MOST_OF_LINE = 16_384;

/** The lines with more text of the log behind them. The text is raw: its escape sequences become colours or nothing. */
export function withText(lines: LogLines, text: string): LogLines {
  const pieces = text.split('\n');
  const closed = [...lines.closed];
  let { open, colours } = lines;
  for (const [n, piece] of pieces.entries()) {
    open = (open + piece).slice(0, MOST_OF_LINE);
    if (n === pieces.length - 1) break;
    const row = rowOfLine(open, colours);
    closed.push(row.text);
    colours = row.colours;
    open = '';
  }
  const surplus = closed.length - MOST_LINES;
  if (surplus <= 0) return { closed, open, colours, dropped: lines.dropped };
  return { closed: closed.slice(surplus), open, colours, dropped: lines.dropped + surplus };
}

/** All lines, the open one included if it has text. */
export function allLines({ closed, open, colours }: LogLines): readonly StyledText[] {
  return open === '' ? closed : [...closed, rowOfLine(open, colours).text];
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
