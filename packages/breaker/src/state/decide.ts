import type { Hold } from './records.ts';
import { hasChanged, type Situation } from './situation.ts';
import type { BreakerState, Rule, Trial } from './state.ts';
import { elapsedMs, hasRebooted, type Timestamp } from './timestamp.ts';

/** Whether work may begin: freely, as the one trial, or not. `nextAtMs`: UTC epoch ms; absent when nobody can tell. */
export type Decision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'trial'; readonly because: 'changed' | 'cooled-down' }
  | {
      readonly kind: 'refused';
      readonly why: 'open' | 'trial-on' | 'held' | 'unreadable';
      readonly nextAtMs?: number | undefined;
    };

/** What is known about the present, beside the state. */
export interface DecisionInput {
  readonly now: Timestamp;
  readonly hold?: Hold | undefined;
  /** The newest record of what was done by hand or happened cannot be read: it may be a hold or a trip. */
  readonly isUnreadable?: boolean;
  readonly situation?: Situation | undefined;
  /** Who wants to begin, if it is a run. */
  readonly source?: string | undefined;
  /** The process that holds the trial is known to be dead. */
  readonly isHolderDead: boolean;
}

/** Whether work may begin now. Pure. */
export function decide(state: BreakerState, { after: _, ...rule }: Rule, present: DecisionInput): Decision {
  const { now, hold, situation, source } = present;
  const { opened, trial } = state;
  if (hold !== undefined && isHoldActive(hold, now))
    return { kind: 'refused', why: 'held', nextAtMs: holdEndsAtMs(hold, now) };
  if (present.isUnreadable === true) return { kind: 'refused', why: 'unreadable' };
  if (opened === undefined) return { kind: 'allowed' };
  if (trial !== undefined && isTrialActive(trial, present)) return { kind: 'refused', why: 'trial-on' };
  if (hasChanged(opened.situation, situation, opened.source === source)) return { kind: 'trial', because: 'changed' };
  const leftMs = coolDownLeftMs(opened.since, rule.coolDownMs, now);
  if (leftMs === 0) return { kind: 'trial', because: 'cooled-down' };
  return { kind: 'refused', why: 'open', nextAtMs: leftMs === null ? undefined : Math.ceil(now.atMs + leftMs) };
}

/** Whether a hold is still in force. Its time passes over a restart of the machine; with a clock that was set back it is over. */
export function isHoldActive({ at, forMs }: Hold, now: Timestamp): boolean {
  return forMs === null || elapsedMs(at, now) < forMs;
}

/** Whether a trial is still to be waited for: its run goes on, or it may yet begin. */
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

/** What is left of a cool-down, ms; null: it never ends by itself. After a restart of the machine nothing is left: that is a change, too. */
function coolDownLeftMs(since: Timestamp, coolDownMs: number | null, now: Timestamp): number | null {
  if (coolDownMs === null) return null;
  return hasRebooted(since, now) ? 0 : Math.max(0, coolDownMs - elapsedMs(since, now));
}
