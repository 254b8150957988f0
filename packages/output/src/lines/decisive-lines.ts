import { cutMiddle } from './cut-middle.ts';
import { oddOnesIn, type Weight, weightOf } from './headlines.ts';
import { gapMark, type NumberedLine, numberedLines } from './numbered-lines.ts';
import { collapseProgress } from './progress.ts';

export interface DecisiveOptions {
  /** Default: 40. */
  readonly maxLines?: number;
  /** Default: 1 400. */
  readonly maxBytes?: number;
  /** The number of the first line; `unknown` if lines before it were not read. Default: 1. */
  readonly firstLine?: number | 'unknown';
  /** The text is an excerpt of `decisiveLines`, which is made shorter. */
  readonly isExcerpt?: boolean;
}

/** The lines of a failure. */
export interface DecisiveExcerpt {
  readonly text: string;
  /** The number of the first line that names the error; undefined if there is none, or if the numbers are unknown. */
  readonly line?: number;
  /** The number of the last line. */
  readonly lines?: number;
}

/** A long line is cut to so many bytes, unless there are few lines. */
const LINE_BYTES = 480;
/** The part of the room that lines above the last ones may take. */
const ABOVE = 0.55;
/** How many lines of one weight are looked for above the last ones. */
const MOST_OF_A_WEIGHT = 8;
/** The lines behind an error line often say where it happened. They are shown for the first `WITH_LINES_BEHIND` error lines. */
const BEHIND = 4;
const WITH_LINES_BEHIND = 3;

// Why: contributing/decisions/2026-11-29-which-lines-of-a-failure.md
/**
 * The lines of an output that a person would quote of a failure: the last ones, and those further up that name the error. Progress that
 * repeats is one line; a long line is cut in its middle; a gap says which lines it has left out. Nothing only if there is no text.
 * @param text as a terminal shows it
 */
export function decisiveLines(text: string, options: DecisiveOptions = {}): string {
  return decisiveExcerpt(text, options).text;
}

/** The same, with the number of the line that names the error. */
export function decisiveExcerpt(
  text: string,
  { maxLines = 40, maxBytes = 1_400, firstLine = 1, isExcerpt = false }: DecisiveOptions = {},
): DecisiveExcerpt {
  const isNumbered = firstLine !== 'unknown';
  const lines = shortened(numberedLines(text, isNumbered ? firstLine : 1, isExcerpt), maxBytes);
  const headlines = headlinesIn(lines.map((line) => line.text));
  const last = lines.at(-1)?.to ?? 0;
  const place = isNumbered && headlines.first !== undefined && { line: lines[headlines.first]?.from ?? 0 };
  const about = { ...(isNumbered && { lines: last }), ...place };
  const chosen = chosenOf(lines, headlines.all, gapMark(last, last + 1, isNumbered).length + 1, maxLines, maxBytes);
  return { text: withGaps(lines, chosen, isNumbered).join('\n'), ...about };
}

/** The indexes of the lines that are shown. */
function chosenOf(
  lines: readonly NumberedLine[],
  headlines: readonly number[],
  gapBytes: number,
  maxLines: number,
  maxBytes: number,
): ReadonlySet<number> {
  const gaps = lines.filter((_, i) => isBehindGap(lines, i)).length;
  const isAll = lines.length + gaps <= maxLines && bytesOf(lines) + gaps * gapBytes <= maxBytes;
  if (isAll) return new Set(lines.keys());
  const chosen = new Set<number>();
  let bytes = maxBytes;
  let count = maxLines;
  const take = (i: number, share: number): boolean => {
    if (chosen.has(i)) return true;
    const isApart = (!chosen.has(i - 1) && !chosen.has(i + 1)) || isBehindGap(lines, i);
    const cost = Buffer.byteLength(lines[i]?.text ?? '') + 1 + (isApart ? gapBytes : 0);
    if (bytes - cost - gapBytes < maxBytes * share || count - 2 < maxLines * share) return false;
    bytes -= cost;
    count -= isApart ? 2 : 1;
    chosen.add(i);
    return true;
  };
  chosen.add(lines.length - 1);
  bytes -= Buffer.byteLength(lines.at(-1)?.text ?? '') + 1;
  count -= 1;
  for (const i of headlines) take(i, 1 - ABOVE);
  for (const i of headlines.slice(0, WITH_LINES_BEHIND))
    for (let n = 1; n <= BEHIND && i + n < lines.length && take(i + n, 1 - ABOVE); n++);
  for (let i = lines.length - 1; i >= 0 && take(i, 0); i--);
  return chosen;
}

/** Whether there are lines that name the error, or the test that failed. If not, they may be further up in the log. */
export function namesAnError(text: string): boolean {
  const lines = text.split('\n');
  return lines.some((line, i) => weightOf(cutMiddle(line, LINE_BYTES), lines[i - 1]) >= 2);
}

function shortened(all: readonly NumberedLine[], maxBytes: number): NumberedLine[] {
  const lines = collapseProgress(all);
  const share = Math.floor(maxBytes / Math.max(lines.length, 1)) - 1;
  const most = Math.min(Math.max(LINE_BYTES, share), lines.length > 1 ? Math.floor(maxBytes * ABOVE) : maxBytes);
  return lines.map((line) => ({ ...line, text: cutMiddle(line.text, most) }));
}

/**
 * The lines that name the error, the most important first. If there are many, the last and the first ones are taken: a chain of causes
 * begins with the cause and ends with the error that was not caught, and of several compiler errors the first one matters.
 */
function headlinesIn(lines: readonly string[]): { readonly all: readonly number[]; readonly first?: number } {
  const weights = lines.map((line, i) => weightOf(line, lines[i - 1]));
  const of = (weight: Weight): number[] => {
    const known = new Set<string>();
    return weights.flatMap((own, i) => {
      const text = (lines[i] ?? '').trim();
      if (own !== weight || known.has(text)) return [];
      known.add(text);
      return [i];
    });
  };
  const strong = [of(3), of(2)].filter((found) => found.length > 0);
  const weak = strong.length > 0 ? strong : [of(1)].filter((found) => found.length > 0);
  const kinds = weak.length > 0 ? weak : [oddOnesIn(lines)];
  const [first] = kinds[0] ?? [];
  const all = kinds.flatMap((found) => fromBothEnds(found).slice(0, MOST_OF_A_WEIGHT));
  return { all, ...(first !== undefined && { first }) };
}

function fromBothEnds(items: readonly number[]): number[] {
  const half = Math.ceil(items.length / 2);
  const first = items.slice(0, items.length - half);
  const last = items.slice(items.length - half).reverse();
  return last.flatMap((item, i) => (first[i] === undefined ? [item] : [item, first[i]]));
}

/** The chosen lines, with a mark for what lies before and between them. What was read before an unnumbered text is not known. */
function withGaps(lines: readonly NumberedLine[], chosen: ReadonlySet<number>, isNumbered: boolean): string[] {
  const order = [...chosen].sort((a, b) => a - b);
  let next = isNumbered ? 1 : (lines[order[0] ?? 0]?.from ?? 1);
  return order.flatMap((i) => {
    const { text = '', from = next, to = next } = lines[i] ?? {};
    const [first, last] = [next, from - 1];
    next = to + 1;
    if (first > last) return [text];
    const mark = gapMark(first, last, isNumbered);
    const between = lines[i - 1];
    const isShort = between?.from === first && between.to === last && Buffer.byteLength(between.text) <= mark.length;
    return [isShort ? between.text : mark, text];
  });
}

/** Whether lines before this one were left out of the text. */
function isBehindGap(lines: readonly NumberedLine[], i: number): boolean {
  return (lines[i]?.from ?? 1) > (lines[i - 1]?.to ?? 0) + 1;
}

function bytesOf(lines: readonly NumberedLine[]): number {
  return lines.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 1, -1);
}
