import type { Remedy, State } from './check.ts';

/** What came of one check: what every frontend shows of it. */
export interface Finding {
  /** The check's id. */
  readonly check: string;
  /** What it makes sure of. */
  readonly title: string;
  readonly state: State;
  /** What was seen, in one line of at most 300 characters, secrets masked. */
  readonly evidence: string;
  /** What would mend it, the least first; absent where there is nothing to mend, or nobody knows. */
  readonly remedies?: readonly Remedy[];
}
