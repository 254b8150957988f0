/** What an estimate of the remaining time rests on. Times in ms. */
export interface KnownTimes {
  /** The line of progress that the job has written last: `37/120 epoch 3`, `31 %`. */
  readonly progress?: string | undefined;
  /** How long its present attempt had run when it wrote that line. */
  readonly progressAtMs?: number | undefined;
  /** How long its present attempt has run. */
  readonly attemptMs: number;
  /** How long the run has lasted. */
  readonly elapsedMs: number;
  /** How long the step usually takes. */
  readonly usualMs?: number | undefined;
}

// Why: contributing/decisions/2026-11-29-what-a-run-uses.md
/**
 * How long the run will probably go on. What the job says of itself counts more than what its step usually takes.
 * @returns undefined if nothing is known, and if that time has passed already: then no estimate is left
 */
export function remainingMs({ progress, progressAtMs, attemptMs, elapsedMs, usualMs }: KnownTimes): number | undefined {
  const share = progress === undefined ? undefined : progressShare(progress);
  const isMeasured = share !== undefined && share > 0 && progressAtMs !== undefined && progressAtMs > 0;
  const left = isMeasured ? progressAtMs / share - attemptMs : usualMs === undefined ? Number.NaN : usualMs - elapsedMs;
  return left > 0 && Number.isFinite(left) ? Math.round(left) : undefined;
}

const PERCENT = /(?<![\d.,/-])(\d{1,3}(?:\.\d+)?) ?%/g;
const FRACTION = /(?<![\w./-])(\d{1,12}) ?(?:\/| of ) ?(\d{1,12})(?![\d/-]|\.\d)/g;

/**
 * How much of the work a line of progress says is done, from 0 to 1: `31 %`, `37/120`, `37 of 120`. A percentage counts more than a fraction.
 * @returns undefined if it says none, an impossible one, or two that differ: an epoch and a batch
 */
export function progressShare(line: string): number | undefined {
  const percents = [...line.matchAll(PERCENT)].map(([, percent]) => Number(percent) / 100);
  const shares =
    percents.length > 0 ? percents : [...line.matchAll(FRACTION)].map(([, done, all]) => Number(done) / Number(all));
  const [share, ...others] = new Set(shares);
  return share !== undefined && others.length === 0 && share >= 0 && share <= 1 ? share : undefined;
}
