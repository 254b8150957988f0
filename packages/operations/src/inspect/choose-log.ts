import { attemptPaths, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { readAttempt } from '@pm/protocol/fs';

/** A log that was asked for, and the note of what its cap gave up. */
export interface ChosenLog {
  readonly file: string;
  readonly truncated: string;
  /** The names that lead to the log of the attempt that is on. */
  readonly current: { readonly file: string; readonly truncated: string };
  /** Whose log it is; undefined if the run is not to be retried. */
  readonly attempt: number | undefined;
}

/**
 * The log or the separate stderr of a run, of its newest attempt or the one asked for.
 * @throws PmError `usage` if there is no such attempt, or stderr was not kept apart
 */
export function chooseLog(
  where: string,
  run: RunRecord,
  { errors, attempt }: { readonly errors?: boolean | undefined; readonly attempt?: number | undefined },
): ChosenLog {
  const now = readAttempt(where, run);
  const newest = now?.n ?? 1;
  if (attempt !== undefined && attempt > newest) {
    const made = newest === 1 ? 'one attempt' : `${newest} attempts`;
    throw new PmError(
      'usage',
      `${run.step} has made ${made} so far, not ${attempt}.`,
      'Leave --attempt out for the newest.',
    );
  }
  const own = runPaths(where, run.id);
  const isPast = attempt !== undefined && attempt < newest;
  const chosen = isPast ? attemptPaths(where, run.id, attempt) : own;
  const which = now === undefined ? undefined : (attempt ?? newest);
  if (errors !== true)
    return { ...pair(chosen.log, chosen.truncated), current: pair(own.log, own.truncated), attempt: which };
  if (run.split !== true)
    throw new PmError(
      'usage',
      `${run.step} was not started with --split.`,
      `Its stderr is in order with its stdout: ${own.log}`,
    );
  const current = pair(own.errors, own.errorsTruncated);
  return { ...pair(chosen.errors, chosen.errorsTruncated), current, attempt: which };
}

function pair(file: string, truncated: string): { file: string; truncated: string } {
  return { file, truncated };
}
