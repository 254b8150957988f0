import { PLAIN, type StyledPiece, styledLine } from '@pm/operations/styled-line';

/** A line of a log as it is shown. */
export interface LogLine {
  readonly pieces: readonly StyledPiece[];
  /** How many characters of a very long line are not shown. */
  readonly cut: number;
  /** It stands for so many bytes that were not kept. */
  readonly missing?: number;
}

/** What the server has read of a log: whole lines, but for a line that is longer than one answer. */
export interface LogPiece {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** A piece as lines. */
export interface LinesOfPiece {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly LogLine[];
  /** The beginning of the last line, if that has no end yet: what follows belongs to it. */
  readonly open: OpenLine | undefined;
}

interface OpenLine {
  readonly text: string;
  /** How long it is, in characters. */
  readonly length: number;
}

/** More characters of one line than a person reads. Its rest is counted. */
const LONGEST = 4_000;

/** Splits what was read into lines. */
export function linesOf(piece: LogPiece): LinesOfPiece {
  return continued({ from: piece.from, to: piece.from, lines: [], open: undefined }, piece);
}

/** The lines of a piece with those of the next one. A line that had no end is written on. */
export function continued({ from, lines, open }: LinesOfPiece, { to, text }: LogPiece): LinesOfPiece {
  const lineOf = openStyles();
  const raw = text.split('\n');
  const last = raw.pop() ?? '';
  const first = raw.length > 0 ? raw[0] : last;
  const begun: OpenLine = { text: (open?.text ?? '') + first, length: (open?.length ?? 0) + (first?.length ?? 0) };
  const whole = raw.length === 0 ? [] : [lineOf(begun), ...raw.slice(1).map((line) => lineOf(asOpen(line)))];
  const rest = raw.length === 0 ? begun : asOpen(last);
  const kept = open === undefined ? lines : lines.slice(0, -1);
  const isOpen = rest.length > 0;
  return {
    from,
    to,
    lines: [...kept, ...whole, ...(isOpen ? [lineOf(rest)] : [])],
    open: isOpen ? { text: beginningOf(rest.text), length: rest.length } : undefined,
  };
}

function asOpen(text: string): OpenLine {
  return { text, length: text.length };
}

/** What is shown of a line. What redraws itself has its end at its end. */
function beginningOf(text: string): string {
  if (text.length <= LONGEST) return text;
  const redrawn = text.replace(/\r+$/, '').lastIndexOf('\r') + 1;
  return text.slice(redrawn, redrawn + LONGEST);
}

/** Makes the function that reads one line after another. A colour lasts until it is taken back, also in later lines. */
function openStyles(): (line: OpenLine) => LogLine {
  let style = PLAIN;
  return ({ text, length }) => {
    const shown = beginningOf(text);
    const { pieces, next } = styledLine(shown, style);
    style = next;
    // A line that redraws itself is not cut: its earlier forms are overwritten.
    const isRedrawn = text.includes('\r');
    return { pieces, cut: isRedrawn ? 0 : Math.max(0, length - shown.length) };
  };
}
