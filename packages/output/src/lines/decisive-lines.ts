import { cutMiddle } from './cut-middle.ts';
import { type Weight, weightOf } from './headlines.ts';
import { collapseProgress } from './progress.ts';

export interface DecisiveOptions {
  /** Default: 40. */
  readonly maxLines?: number;
  /** Default: 1 400. */
  readonly maxBytes?: number;
}

/** A long line is cut to so many bytes, unless there are few lines. */
const LINE_BYTES = 480;
/** The mark of a gap, `[1048576 lines left out]`, with its newline. */
const GAP_BYTES = 26;
/** The part of the room that lines above the last ones may take. */
const ABOVE = 0.55;
/** How many lines of one weight are looked for above the last ones. */
const MOST_OF_A_WEIGHT = 8;
/** The lines behind an error line often say where it happened. They are shown for the first `WITH_LINES_BEHIND` error lines. */
const BEHIND = 4;
const WITH_LINES_BEHIND = 3;

/**
 * The lines of an output that a person would quote of a failure: the last ones, and those further up that name the error. Progress that
 * repeats is one line; a long line is cut in its middle; a gap says how many lines it has left out. Nothing only if there is no text.
 * @param text as a terminal shows it
 */
export function decisiveLines(text: string, { maxLines = 40, maxBytes = 1_400 }: DecisiveOptions = {}): string {
  const lines = shortened(text, maxBytes);
  if (lines.length <= maxLines && bytesOf(lines) <= maxBytes) return lines.join('\n');
  const chosen = new Set<number>();
  let bytes = maxBytes;
  let count = maxLines;
  const take = (i: number, share: number): boolean => {
    if (chosen.has(i)) return true;
    const isApart = !chosen.has(i - 1) && !chosen.has(i + 1);
    const cost = Buffer.byteLength(lines[i] ?? '') + 1 + (isApart ? GAP_BYTES : 0);
    if (bytes - cost - GAP_BYTES < maxBytes * share || count - 2 < maxLines * share) return false;
    bytes -= cost;
    count -= isApart ? 2 : 1;
    chosen.add(i);
    return true;
  };
  chosen.add(lines.length - 1);
  bytes -= Buffer.byteLength(lines.at(-1) ?? '') + 1;
  count -= 1;
  const headlines = headlinesIn(lines);
  for (const i of headlines) take(i, 1 - ABOVE);
  for (const i of headlines.slice(0, WITH_LINES_BEHIND))
    for (let n = 1; n <= BEHIND && i + n < lines.length && take(i + n, 1 - ABOVE); n++);
  for (let i = lines.length - 1; i >= 0 && take(i, 0); i--);
  return withGaps(lines, chosen).join('\n');
}

/** Whether there are lines that name the error, or the test that failed. If not, they may be further up in the log. */
export function namesAnError(text: string): boolean {
  const lines = text.split('\n');
  return lines.some((line, i) => weightOf(cutMiddle(line, LINE_BYTES), lines[i - 1]) >= 2);
}

function shortened(text: string, maxBytes: number): string[] {
  const trimmed = text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line, i, all) => line !== '' || (all[i - 1] ?? '') !== '');
  if (trimmed.at(-1) === '') trimmed.pop();
  const lines = collapseProgress(trimmed);
  const share = Math.floor(maxBytes / Math.max(lines.length, 1)) - 1;
  const most = Math.min(Math.max(LINE_BYTES, share), lines.length > 1 ? Math.floor(maxBytes * ABOVE) : maxBytes);
  return lines.map((line) => cutMiddle(line, most));
}

/**
 * The lines that name the error, the most important first. If there are many, the last and the first ones are taken: a chain of causes
 * begins with the cause and ends with the error that was not caught, and of several compiler errors the first one matters.
 */
function headlinesIn(lines: readonly string[]): number[] {
  const weights = lines.map((line, i) => weightOf(line, lines[i - 1]));
  const of = (weight: Weight): number[] => {
    const known = new Set<string>();
    const all = weights.flatMap((own, i) => {
      const text = (lines[i] ?? '').trim();
      if (own !== weight || known.has(text)) return [];
      known.add(text);
      return [i];
    });
    return fromBothEnds(all).slice(0, MOST_OF_A_WEIGHT);
  };
  const strong = [...of(3), ...of(2)];
  return strong.length > 0 ? strong : of(1);
}

function fromBothEnds(items: readonly number[]): number[] {
  const half = Math.ceil(items.length / 2);
  const first = items.slice(0, items.length - half);
  const last = items.slice(items.length - half).reverse();
  return last.flatMap((item, i) => (first[i] === undefined ? [item] : [item, first[i]]));
}

function withGaps(lines: readonly string[], chosen: ReadonlySet<number>): string[] {
  const order = [...chosen].sort((a, b) => a - b);
  return order.flatMap((i, n) => {
    const left = n === 0 ? 0 : i - (order[n - 1] ?? 0) - 1;
    const between = lines[i - 1] ?? '';
    if (left === 1 && Buffer.byteLength(between) < GAP_BYTES) return [between, lines[i] ?? ''];
    return left > 0 ? [`[${left} ${left === 1 ? 'line' : 'lines'} left out]`, lines[i] ?? ''] : [lines[i] ?? ''];
  });
}

function bytesOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, -1);
}
