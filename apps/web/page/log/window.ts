import { continued, type LinesOfPiece, type LogLine, type LogPiece, linesOf } from './lines.ts';

/** How much is read at once, bytes. It is split into lines in a few milliseconds. */
export const PIECE_BYTES = 131_072;
/** How many bytes are kept. Those that are farthest from what is read next are let go. */
const KEPT_BYTES = 8 * PIECE_BYTES;

/** The part of a log that is loaded. However long a log is, this is all that the page holds of it. */
export interface LogWindow {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly LogLine[];
  readonly pieces: readonly LinesOfPiece[];
}

export const NOTHING: LogWindow = { from: 0, to: 0, lines: [], pieces: [] };

/** The window that holds one piece alone. */
export function windowOf(piece: LogPiece): LogWindow {
  return joined([linesOf(piece)]);
}

/** Adds what follows. Returns also how many lines were let go at the start. */
export function withAfter(
  { pieces, to }: LogWindow,
  piece: LogPiece,
): { readonly window: LogWindow; readonly removed: number } {
  if (piece.from !== to || piece.text === '') return { window: joined(pieces), removed: 0 };
  const last = pieces.at(-1);
  // What is followed comes in small pieces.
  const goesOn = last !== undefined && (last.open !== undefined || last.to - last.from < PIECE_BYTES);
  const all = goesOn ? [...pieces.slice(0, -1), continued(last, piece)] : [...pieces, linesOf(piece)];
  let removed = 0;
  while (all.length > 1 && to - (all[0]?.from ?? 0) > KEPT_BYTES) removed += all.shift()?.lines.length ?? 0;
  return { window: joined(all), removed };
}

/** Adds what is before. Returns also how many lines that adds at the start. */
export function withBefore(
  { pieces, from }: LogWindow,
  piece: LogPiece,
): { readonly window: LogWindow; readonly added: number } {
  if (piece.to !== from || piece.text === '') return { window: joined(pieces), added: 0 };
  const before = linesOf(piece);
  const all = [before, ...pieces];
  while (all.length > 1 && (all.at(-1)?.to ?? 0) - piece.from > KEPT_BYTES) all.pop();
  return { window: joined(all), added: before.lines.length };
}

/** The index of the line that begins at a byte where a piece begins; undefined if none does. */
export function lineAt({ pieces }: LogWindow, byte: number): number | undefined {
  let index = 0;
  for (const { from, lines } of pieces) {
    if (from === byte) return index;
    index += lines.length;
  }
  return undefined;
}

function joined(pieces: readonly LinesOfPiece[]): LogWindow {
  return {
    pieces,
    lines: pieces.flatMap(({ lines }) => lines),
    from: pieces[0]?.from ?? 0,
    to: pieces.at(-1)?.to ?? 0,
  };
}
