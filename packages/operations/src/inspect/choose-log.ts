import { existsSync } from 'node:fs';
import { attemptPaths, DEFAULTS, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { readAttempt } from '@pm/protocol/fs';

/** The log to read, and the record of what its size limit has removed. */
export interface ChosenLog {
  readonly file: string;
  readonly truncated: string;
  /** The paths of the log of the present attempt. */
  readonly current: { readonly file: string; readonly truncated: string };
  /** The attempt of this log; undefined if the run has no retries. */
  readonly attempt: number | undefined;
  /** How many attempts the run has made; undefined if it has no retries. */
  readonly attempts: number | undefined;
}

/**
 * The log or the separate stderr of a run, of the newest attempt or of a given one.
 * @throws PmError `usage` if there is no such attempt, if its log was removed, or if there is no separate stderr
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
      `${run.step} has made ${made} so far, so there is no attempt ${attempt}.`,
      'Leave out --attempt to see the newest.',
    );
  }
  const own = runPaths(where, run.id);
  // The log of an attempt is set aside shortly before the next one is on record. Then the file of the present attempt is that of the next.
  const isAside = now !== undefined && attempt === newest && existsSync(attemptPaths(where, run.id, attempt).log);
  const isPast = attempt !== undefined && (attempt < newest || isAside);
  const chosen = isPast ? attemptPaths(where, run.id, attempt) : own;
  if (isPast && run.policy.restart !== undefined && !existsSync(chosen.log)) throw logRemoved(run, attempt, newest);
  const which = now === undefined ? undefined : (attempt ?? newest);
  const made = { attempt: which, attempts: now?.n };
  if (errors !== true) return { ...pair(chosen.log, chosen.truncated), current: pair(own.log, own.truncated), ...made };
  if (run.split !== true)
    throw new PmError(
      'usage',
      `${run.step} was not started with --split.`,
      `Its stdout and stderr are in one log: ${own.log}`,
    );
  const current = pair(own.errors, own.errorsTruncated);
  return { ...pair(chosen.errors, chosen.errorsTruncated), current, ...made };
}

/** The wrapper keeps the newest logs only, so that a server that dies every hour does not fill the disk. */
function logRemoved({ step }: RunRecord, attempt: number, newest: number): PmError {
  const first = Math.max(1, newest - DEFAULTS.keptAttempts);
  return new PmError(
    'usage',
    `The log of attempt ${attempt} of ${step} was removed: with --restart, the newest ${DEFAULTS.keptAttempts + 1} logs are kept.`,
    `Attempts ${first} to ${newest} can be shown.`,
  );
}

function pair(file: string, truncated: string): { file: string; truncated: string } {
  return { file, truncated };
}
