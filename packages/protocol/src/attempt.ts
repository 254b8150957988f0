/** The current attempt of a run that may be retried. All attempts belong to one run, and the last one decides its outcome. */
export interface Attempt {
  /** The number of the current or last attempt, from 1. */
  readonly n: number;
  /** How many attempts there may be; undefined if it is started again for as long as it lives. */
  readonly of: number | undefined;
  /** Its exit code, if it has failed and the next one has not begun. Undefined while it runs. */
  readonly failed: number | undefined;
}
