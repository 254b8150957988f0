import type { RunView } from '../shape/answer.ts';

/** Views of one list, and when they were made, ms on a monotonic clock. */
export interface Sampled {
  readonly atMs: number;
  readonly runs: readonly RunView[];
}

/** Within less time the counts of the kernel, in hundredths of a second, say too little. */
const LEAST_MS = 500;

/**
 * The newer views with the present CPU rate of each run, in place of the average since it began. A run that was not in the list before, or
 * whose sum has shrunk because a process of it ended, has none until the next list.
 */
export function withPresentRate(before: Sampled | undefined, { atMs, runs }: Sampled): RunView[] {
  const overMs = before === undefined ? 0 : atMs - before.atMs;
  const known = new Map(before?.runs.map(({ id, usage }) => [id, usage?.cpuMs]));
  return runs.map(({ cpuPercent: _, ...run }) => {
    const usedMs = (run.usage?.cpuMs ?? Number.NaN) - (known.get(run.id) ?? Number.NaN);
    return overMs >= LEAST_MS && usedMs >= 0 ? { ...run, cpuPercent: Math.round((1000 * usedMs) / overMs) / 10 } : run;
  });
}
