import { queryOf, read } from '../state/ask.ts';
import type { LogPiece } from './lines.ts';

/** Which log. */
export interface LogOf {
  readonly dir: string;
  /** The run as it is named in a call: `train~1`. */
  readonly run: string;
}

/** A piece of a log as the server answers it. */
export interface LogAnswerPiece extends LogPiece {
  readonly totalBytes: number;
  /** The bytes that were not kept, because the log has a limit. */
  readonly gap?: { readonly from: number; readonly to: number } | undefined;
  readonly live: boolean;
}

/** A line that matches a search. */
export interface LogMatch {
  readonly from: number;
  readonly text: string;
}

/** How much of a log one search answer may look through before it says what it has found. */
interface FoundPiece {
  readonly matches: readonly LogMatch[];
  readonly to: number;
  readonly totalBytes: number;
}

/** The last lines before a byte; before the end if there is no such byte. */
export function readBefore(
  log: LogOf,
  lines: number,
  before: number | undefined,
  signal: AbortSignal,
): Promise<LogAnswerPiece> {
  return read('log', { ...log, lines, before }, signal);
}

/** What follows a byte. */
export function readFrom(log: LogOf, from: number, bytes: number, signal: AbortSignal): Promise<LogAnswerPiece> {
  return read('log', { ...log, from, bytes }, signal);
}

/** New output from a byte on, as it is written. Returns what ends it. */
export function followFrom(log: LogOf, from: number, take: (piece: LogAnswerPiece) => void): () => void {
  const events = new EventSource(`log/follow?${queryOf({ ...log, from })}`);
  events.onmessage = ({ data }) => {
    const piece = JSON.parse(data) as LogAnswerPiece;
    take(piece);
    if (!piece.live) events.close();
  };
  return () => events.close();
}

/** Yields the matches of a search, piece after piece. */
export async function* findIn(log: LogOf, pattern: string, signal: AbortSignal): AsyncGenerator<FoundPiece> {
  for (let from = 0; ; ) {
    const found: FoundPiece = await read('find', { ...log, pattern, from }, signal);
    yield found;
    if (found.to >= found.totalBytes || found.to <= from) return;
    from = found.to;
  }
}
