import type { Attention, Policy } from '@pm/protocol';
import { isUnwritable, UNRECORDED } from './decide.ts';
import type { Observation } from './observation.ts';

/** Why a live run wants a decision, and what that rests on. Nothing is killed for it. */
export interface Trouble {
  readonly attention: Attention;
  readonly evidence: string;
}

/** The part of its limit after which a run is near it, and what the rest must be worth: an agent needs seconds to decide. */
const NEAR_SHARE = 0.8;
const WORTH_EXTENDING_MS = 2_000;

/** The troubles of a run that is waited for, the most urgent first (DESIGN §6: a wait wakes on trouble). */
export function troublesOf(seen: Observation, policy: Policy): Trouble[] {
  const { command, elapsedMs, limitMs, quietMs, logTruncated } = seen;
  // The command has ended: whatever else could be said of it would mislead.
  if (isUnwritable(seen)) return [{ attention: 'disk-full', evidence: UNRECORDED }];
  // It is being ended: nothing is left to decide, least of all whether to move a limit that is over.
  if (seen.ending !== undefined) return [];
  const nearMs = nearLimitMs(seen);
  const troubles: (Trouble | false)[] = [
    command === 'stopped' && { attention: 'suspended', evidence: 'stopped by a signal; kill -CONT continues it' },
    nearMs !== undefined &&
      elapsedMs >= nearMs && {
        attention: 'deadline',
        evidence: `${Math.floor((elapsedMs / (limitMs ?? elapsedMs)) * 100)} % of its limit is used`,
      },
    quietMs > policy.quietAfterMs && {
      attention: 'quiet',
      evidence: `no output, CPU or I/O for ${Math.round(quietMs / 1000)} s`,
    },
    logTruncated && { attention: 'log-truncated', evidence: 'its log is over its cap: the middle is given up' },
  ];
  return troubles.filter((trouble) => trouble !== false);
}

/** The elapsed time from which a run counts as near its limit; undefined if it has none, or one too short to move in time. */
export function nearLimitMs({ limitMs }: Pick<Observation, 'limitMs'>): number | undefined {
  if (limitMs === null || limitMs - limitMs * NEAR_SHARE < WORTH_EXTENDING_MS) return undefined;
  return limitMs * NEAR_SHARE;
}
