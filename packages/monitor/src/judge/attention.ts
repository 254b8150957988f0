import type { Attention, Policy } from '@pm/protocol';
import { exitBeingRecorded, quietFor, SUSPENDED } from './evidence.ts';
import { troublesOfMirror } from './mirrored.ts';
import { nearLimitMs } from './near-limit.ts';
import { hasCommandExited, isQuiet, isUnwritable, type Observation } from './observation.ts';

/** Why a live run wants a decision, and what that rests on. Nothing is terminated because of it. */
export interface Trouble {
  readonly attention: Attention;
  readonly evidence: string;
}

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
