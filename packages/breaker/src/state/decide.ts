import type { Hold } from './records.ts';
import type { Rule } from './rule.ts';
import { hasChanged, type Situation } from './situation.ts';
import type { BreakerState, Trial } from './state.ts';
import { elapsedMs, hasRebooted, type Timestamp } from './timestamp.ts';

/** Whether work may begin: freely, as the only trial, or not. `nextAtMs` is in UTC epoch ms, and absent if the time is unknown. */
export type Decision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'trial'; readonly because: 'changed' | 'cooled-down' }
  | {
      readonly kind: 'refused';
      readonly why: 'open' | 'trial-on' | 'held' | 'unreadable';
      readonly nextAtMs?: number | undefined;
    };

/** The present, which is not part of the state. */
export interface DecisionInput {
  readonly now: Timestamp;
  readonly hold?: Hold | undefined;
  /** The newest record of the log or of the holds cannot be read. It may be a hold or a trip. */
  readonly isUnreadable?: boolean;
  readonly situation?: Situation | undefined;
  /** The step of the run that wants to begin; absent for a script. */
  readonly source?: string | undefined;
  /** The process that holds the trial is known to be dead. */
  readonly isHolderDead: boolean;
}

/** Whether work may begin now. Pure. */
export function decide(state: BreakerState, { coolDownMs }: Rule, present: DecisionInput): Decision {
  const { now, hold, situation, source } = present;
  const { opened, trial } = state;
  if (hold !== undefined && isHoldActive(hold, now))
    return { kind: 'refused', why: 'held', nextAtMs: holdEndsAtMs(hold, now) };
  if (present.isUnreadable === true) return { kind: 'refused', why: 'unreadable' };
  if (opened === undefined) return { kind: 'allowed' };
  if (trial !== undefined && isTrialActive(trial, present)) return { kind: 'refused', why: 'trial-on' };
  if (hasChanged(opened.situation, situation, opened.source === source)) return { kind: 'trial', because: 'changed' };
  const leftMs = coolDownLeftMs(opened.since, coolDownMs, now);
  if (leftMs === 0) return { kind: 'trial', because: 'cooled-down' };
  return { kind: 'refused', why: 'open', nextAtMs: leftMs === null ? undefined : Math.ceil(now.atMs + leftMs) };
}

/** Whether a hold is still in force. A restart of the machine does not end it; a clock that was set back does. */
export function isHoldActive({ at, forMs }: Hold, now: Timestamp): boolean {
  return forMs === null || elapsedMs(at, now) < forMs;
}

/** Whether a trial is still running, or may still begin. */
export function isTrialActive(
  trial: Trial,
  { now, isHolderDead }: Pick<DecisionInput, 'now' | 'isHolderDead'>,
): boolean {
  if (trial.run !== undefined) return true; // it ends with its run
  return !isHolderDead && !hasRebooted(trial.at, now) && elapsedMs(trial.at, now) < trial.forMs;
}

function holdEndsAtMs({ at, forMs }: Hold, now: Timestamp): number | undefined {
  return forMs === null ? undefined : now.atMs + forMs - elapsedMs(at, now);
}

/** What is left of a cool-down, ms; null if it never ends by itself. A restart of the machine counts as a change, so it ends the cool-down. */
function coolDownLeftMs(since: Timestamp, coolDownMs: number | null, now: Timestamp): number | null {
  if (coolDownMs === null) return null;
  return hasRebooted(since, now) ? 0 : Math.max(0, coolDownMs - elapsedMs(since, now));
}
