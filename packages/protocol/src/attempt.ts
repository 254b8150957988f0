/** Where a run that may be retried is: its attempts belong to one run, and only the last one counts for the outcome. */
export interface Attempt {
  /** The attempt that is on or was the last, counted from 1. */
  readonly n: number;
  /** How many there may be. */
  readonly of: number;
  /** It has failed, and the next has not begun: the exit code, or undefined while it is on. */
  readonly failed: number | undefined;
}
