import { oneLine } from './plain-text.ts';
import { truncate } from './width.ts';

/** How to write to one stream. It is decided once per call, by the stream and the environment. */
export interface Style {
  /** The output is a terminal: use glyphs, columns and its width. */
  readonly person: boolean;
  readonly columns: number;
  readonly colour: boolean;
  /** How this program was called: `pm`, or `node` and its path. */
  readonly invocation: string;
  /** Formats an instant (epoch ms) in local time. */
  readonly clock: (at: number) => string;
}

/** An answer as text, for each of the two streams. */
export interface RenderedText {
  readonly out: string;
  readonly err: string;
}

export type Tone = 'good' | 'bad' | 'odd' | 'live' | 'dim';
/** A piece of one line. */
export type Part = string | { readonly text: string; readonly tone: Tone };

const CODES: Readonly<Record<Tone, readonly [on: number, off: number]>> = {
  good: [32, 39],
  bad: [31, 39],
  odd: [33, 39],
  live: [36, 39],
  dim: [2, 22],
};

/** One line of text. Every part passes through `oneLine`, so no control character of a job reaches a terminal. */
export function paint(parts: readonly Part[], style: Style, columns?: number): string {
  const texts = parts.map(textOf);
  const whole = texts.join('');
  const cut = columns === undefined ? whole : truncate(whole, columns);
  let from = 0;
  const painted = parts.map((part, index) => {
    const shown = cut.slice(from, from + (texts[index]?.length ?? 0));
    from += shown.length;
    return typeof part === 'string' || !style.colour || shown === '' ? shown : coloured(shown, part.tone);
  });
  return painted.join('').trimEnd();
}

/** Joins pieces of a line with a dot; undefined and empty pieces are left out. */
export function dotted(pieces: readonly (Part | readonly Part[] | undefined)[]): Part[] {
  const present = pieces
    .map((piece) => (piece === undefined ? [] : Array.isArray(piece) ? (piece as Part[]) : [piece as Part]))
    .filter((piece) => piece.some((part) => textOf(part) !== ''));
  return present.flatMap((piece, index) => (index === 0 ? piece : [' · ', ...piece]));
}

function coloured(text: string, tone: Tone): string {
  const [on, off] = CODES[tone];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

function textOf(part: Part): string {
  const text = typeof part === 'string' ? part : part.text;
  // Keep the spaces at both ends, because they are pm's. The text between may come from a job.
  return `${/^ */.exec(text)?.[0] ?? ''}${oneLine(text)}${/\S( *)$/.exec(text)?.[1] ?? ''}`;
}
