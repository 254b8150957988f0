import type { TopState } from './state.ts';

/** The rows of each part of the screen. */
export interface Layout {
  /** The title, and in the table the names of the columns. */
  readonly head: number;
  readonly body: number;
  /** The details or the log below the table; 0 if there is no room. */
  readonly pane: number;
  /** The keys, a question or a note. */
  readonly foot: number;
}

/** A table with fewer rows than this is not made smaller for a pane below it. */
const FEWEST_ROWS = 14;
const LARGEST_PANE = 18;

/** How the rows of the screen are shared out. */
export function layoutOf({ size: { rows }, mode }: Pick<TopState, 'size' | 'mode'>): Layout {
  const foot = rows > 2 ? 1 : 0;
  const head = Math.min(mode === 'table' && rows > 4 ? 2 : 1, Math.max(rows - foot, 0));
  const free = Math.max(0, rows - head - foot);
  const pane = mode === 'table' && free >= FEWEST_ROWS ? Math.min(LARGEST_PANE, Math.floor(free / 2) + 1) : 0;
  return { head, body: free - pane, pane, foot };
}

/** How many rows a page moves. */
export function pageRows(state: Pick<TopState, 'size' | 'mode'>): number {
  return Math.max(1, layoutOf(state).body);
}
