import { claimNumbers, presentIn, readNumberedClaim, readOutcome } from '@pm/protocol/fs';

/** How many of the newest runs show how long a step takes. */
const RUNS = 5;

/** How long a step usually takes, ms: the middle one of its last runs that succeeded. Undefined if none did. */
export function usualMs(dir: string, step: string): number | undefined {
  const durations = claimNumbers(dir, step)
    .slice(0, RUNS)
    .flatMap((n) => {
      const run = presentIn(readNumberedClaim(dir, step, n).run);
      const outcome = run === undefined ? undefined : presentIn(readOutcome(dir, run.id));
      return outcome?.outcome === 'success' ? [outcome.elapsedMs] : [];
    })
    .sort((a, b) => a - b);
  return durations[Math.floor(durations.length / 2)];
}
