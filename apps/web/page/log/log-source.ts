import { read } from '../state/ask.ts';
import type { LogPiece } from './lines.ts';

/** Which log. */
export interface LogOf {
  readonly dir: string;
  /** The id of the run. */
  readonly run: string;
  /** Of a run with retries: which attempt. Without it, the newest. */
  readonly attempt?: number | undefined;
  /** Of a run with `--split`: its stderr. */
  readonly errors?: true | undefined;
}

/** A piece of a log as the server answers it. */
export interface LogAnswerPiece extends LogPiece {
  readonly totalBytes: number;
  /** The bytes that were not kept, because the log has a limit. */
  readonly gap?: { readonly from: number; readonly to: number } | undefined;
  /** The run may write more. */
  readonly live: boolean;
  /** Of a run with retries: the attempt of this log. */
  readonly attempt?: number | undefined;
  /** Of a run with retries: how many attempts it has made. */
  readonly attempts?: number | undefined;
  /** Why there is no output. */
  readonly unseen?: string | undefined;
}

/** A line in which a text was found. */
export interface FoundLine {
  /** Where it begins. */
  readonly at: number;
  readonly text: string;
}

/** How much of a log one search answer may look through before it says what it has found. */
interface FoundPiece {
  readonly matches: readonly FoundLine[];
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

/** Yields the matches of a search, piece after piece. */
export async function* findIn(log: LogOf, pattern: string, signal: AbortSignal): AsyncGenerator<FoundPiece> {
  for (let from = 0; ; ) {
    const found: FoundPiece = await read('find', { ...log, pattern, from }, signal);
    yield found;
    if (found.to >= found.totalBytes || found.to <= from) return;
    from = found.to;
  }
}
