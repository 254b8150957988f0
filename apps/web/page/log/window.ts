import { continued, type LinesOfPiece, type LogLine, type LogPiece, linesOf } from './lines.ts';

/** How much is read at once, bytes. It is split into lines in a few milliseconds. */
export const PIECE_BYTES = 131_072;
/** How many bytes are kept. Those that are farthest from what is read next are let go. */
const KEPT_BYTES = 8 * PIECE_BYTES;

/** The bytes that were not kept, because the log has a limit. */
type Gap = { readonly from: number; readonly to: number } | undefined;

/** The part of a log that is loaded. However long a log is, this is all that the page holds of it. */
export interface LoadedLog {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly LogLine[];
  readonly pieces: readonly LinesOfPiece[];
}

/** Of bytes that are not UTF-8, the server may take so many for the rest of a character, and leave them out. */
const MOST_SKIPPED = 3;

/** A log of which nothing is loaded. */
export const NOTHING: LoadedLog = { from: 0, to: 0, lines: [], pieces: [] };

/** The window that holds one piece alone. */
export function windowOf(piece: LogPiece): LoadedLog {
  return joined([linesOf(piece)]);
}

/** Adds what follows. Returns also how many lines were let go at the start. */
export function withAfter(
  { pieces, to, lines }: LoadedLog,
  found: LogPiece,
  gap: Gap,
): { readonly window: LoadedLog; readonly removed: number } {
  const isBehindGap = gap !== undefined && found.from > to && gap.to === found.from;
  const isNext = isBehindGap || (found.from >= to && found.from <= to + MOST_SKIPPED);
  const piece = isBehindGap ? found : { ...found, from: to };
  if (piece.text === '' || !isNext) return { window: { from: pieces[0]?.from ?? 0, to, lines, pieces }, removed: 0 };
  const last = pieces.at(-1);
  // What is followed comes in small pieces.
  const goesOn = last?.to === piece.from && (last.open !== undefined || last.to - last.from < PIECE_BYTES);
  const all = goesOn ? [...pieces.slice(0, -1), continued(last, piece)] : [...pieces, linesOf(piece)];
  const before = joined(all).lines.length;
  while (all.length > 1 && to - (all[0]?.from ?? 0) > KEPT_BYTES) all.shift();
  const window = joined(all);
  return { window, removed: before - window.lines.length };
}

/** Adds what is before. Returns also how many lines that adds at the start. */
export function withBefore(
  { pieces, from, to, lines }: LoadedLog,
  piece: LogPiece,
  gap: Gap,
): { readonly window: LoadedLog; readonly added: number } {
  const isNext = piece.to === from || (gap !== undefined && piece.to < from && gap.to === from);
  if (piece.text === '' || !isNext) return { window: { from, to, lines, pieces }, added: 0 };
  const all = [linesOf(piece), ...pieces];
  const added = joined(all).lines.length - lines.length;
  while (all.length > 1 && (all.at(-1)?.to ?? 0) - piece.from > KEPT_BYTES) all.pop();
  return { window: joined(all), added };
}

/** The index of the line that begins at a byte where a piece begins; undefined if none does. */
export function lineAt({ pieces }: LoadedLog, byte: number): number | undefined {
  const index = pieces.findIndex(({ from }) => from === byte);
  if (index < 0) return undefined;
  const before = joined(pieces.slice(0, index + 1)).lines.length;
  return before - (pieces[index]?.lines.length ?? 0);
}

/** All lines, and one for what was not kept between two pieces. */
function joined(pieces: readonly LinesOfPiece[]): LoadedLog {
  const lines = pieces.flatMap((piece, index) => {
    const before = pieces[index - 1];
    if (before === undefined || before.to === piece.from) return piece.lines;
    return [{ pieces: [], cut: 0, missing: piece.from - before.to }, ...piece.lines];
  });
  return { pieces, lines, from: pieces[0]?.from ?? 0, to: pieces.at(-1)?.to ?? 0 };
}
