import type { RunRecord } from '@pm/protocol';

/** Where to begin to follow all of a run's output; undefined if it has one log, because it is not to be retried. */
export function firstAttemptOf({ policy }: RunRecord): number | undefined {
  return (policy.retries ?? 0) > 0 ? 1 : undefined;
}
