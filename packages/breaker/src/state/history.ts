import type { RunFact } from './entry.ts';

/** Runs as they stand, and the newest claim of each step, kept or not. */
export interface History {
  readonly runs: readonly RunFact[];
  readonly positions: Readonly<Record<string, number>>;
}
