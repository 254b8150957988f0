import { decodeAttempt, decodeEnding } from '../codec.ts';
import { attemptPaths, runPaths } from '../paths.ts';
import type { RunRecord } from '../records/run.ts';
import { presentIn, readRecord } from './read-record.ts';

/** Where a run that may be retried is: its attempts belong to one run, and only the last one counts for the outcome. */
export interface Attempt {
  /** The attempt that is on or was the last, counted from 1. */
  readonly n: number;
  /** How many there may be. */
  readonly of: number;
  /** It has failed, and the next has not begun: the exit code, or undefined while it is on. */
  readonly failed: number | undefined;
}

/** The attempt of a run; undefined if it is not one to be retried. An unreadable record of it is the first attempt's. */
export function readAttempt(dir: string, { id, policy }: RunRecord): Attempt | undefined {
  const { retries = 0 } = policy;
  if (retries === 0) return undefined;
  const n = Math.min(presentIn(readRecord(runPaths(dir, id).attempt, decodeAttempt)) ?? 1, retries + 1);
  const exit = presentIn(readRecord(attemptPaths(dir, id, n).exit, decodeEnding));
  return { n, of: retries + 1, failed: exit?.cause === 'exit' ? exit.code : undefined };
}
