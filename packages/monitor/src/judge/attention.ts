import type { Attention, Policy } from '@pm/protocol';
import { exitBeingRecorded, quietFor, SUSPENDED } from './evidence.ts';
import { troublesOfMirror } from './mirrored.ts';
import { hasCommandExited, isQuiet, isUnwritable, type Observation } from './observation.ts';

/** Why a live run wants a decision, and what that rests on. Nothing is terminated because of it. */
export interface Trouble {
  readonly attention: Attention;
  readonly evidence: string;
}

/**
 * A run is near its limit once it has used this share of it, if at least so much time is left: an agent needs seconds
 * to decide.
 */
const NEAR_SHARE = 0.8;
const WORTH_EXTENDING_MS = 2_000;

/**
 * The troubles of a run that somebody waits for, the most urgent first. A wait ends at a new one, so that it can be
 * decided on.
 */
export function troublesOf(seen: Observation, policy: Policy): Trouble[] {
  const { command, elapsedMs, limitMs, quietMs, logTruncated } = seen;
  if (seen.mirror !== undefined) return troublesOfMirror(seen.mirror, seen.ending, policy);
  // The command has ended: anything else that could be said of it would mislead.
  if (isUnwritable(seen))
    return [{ attention: seen.obstacle?.attention ?? 'disk-full', evidence: exitBeingRecorded(seen) }];
  // It is being terminated, or its exit is being recorded: nothing is left to decide. An ended command is never near its limit.
  if (seen.ending !== undefined || hasCommandExited(seen)) return [];
  const nearMs = nearLimitMs(seen);
  const troubles: (Trouble | false)[] = [
    command === 'stopped' && { attention: 'suspended', evidence: SUSPENDED },
    nearMs !== undefined &&
      elapsedMs >= nearMs && {
        attention: 'deadline',
        evidence: `${Math.floor((elapsedMs / (limitMs ?? elapsedMs)) * 100)} % of its limit is used`,
      },
    isQuiet(seen, policy) && { attention: 'quiet', evidence: quietFor(quietMs) },
    logTruncated && { attention: 'log-truncated', evidence: 'its log is over its cap: the middle was dropped' },
  ];
  return troubles.filter((trouble) => trouble !== false);
}

/**
 * The elapsed time from which a run counts as near its limit, ms; undefined if it has none, or one too short to be
 * moved in time.
 */
export function nearLimitMs({ limitMs }: Pick<Observation, 'limitMs'>): number | undefined {
  if (limitMs === null || limitMs - limitMs * NEAR_SHARE < WORTH_EXTENDING_MS) return undefined;
  return limitMs * NEAR_SHARE;
}
