import type { Attempt } from '../attempt.ts';
import { decodeAttempt, decodeEnding } from '../codec.ts';
import { attemptPaths, runPaths } from '../paths.ts';
import type { RunRecord } from '../records/run.ts';
import { presentIn, readRecord } from './read-record.ts';

/** The attempt of a run; undefined if it is not one to be retried. An unreadable record of it is the first attempt's. */
export function readAttempt(dir: string, { id, policy }: RunRecord): Attempt | undefined {
  const { retries = 0 } = policy;
  if (retries === 0) return undefined;
  const n = Math.min(presentIn(readRecord(runPaths(dir, id).attempt, decodeAttempt)) ?? 1, retries + 1);
  const exit = presentIn(readRecord(attemptPaths(dir, id, n).exit, decodeEnding));
  return { n, of: retries + 1, failed: exit?.cause === 'exit' ? exit.code : undefined };
}
