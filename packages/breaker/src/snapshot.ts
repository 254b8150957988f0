import type { BreakerReading } from './log/breaker-reader.ts';
import { isHolderDead, timestampNow } from './log/this-process.ts';
import { decide, isTrialActive } from './state/decide.ts';
import { causeOf, explain } from './state/explain.ts';
import type { Hold } from './state/records.ts';
import type { Rule } from './state/rule.ts';
import { areComparable } from './state/situation.ts';
import type { BreakerState } from './state/state.ts';

/** A breaker as it is now. Instants are UTC epoch ms. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly circuit: 'closed' | 'open' | 'half-open' | 'held';
  readonly rule: Rule;
  readonly state: BreakerState;
  readonly hold?: Hold | undefined;
  /** When the next trial may run if nothing changes; absent if the breaker is closed or the time is unknown. */
  readonly nextAtMs?: number | undefined;
  /** Why nothing may begin, in one sentence. If a trial may run now: what opened the breaker. */
  readonly why?: string | undefined;
  /** A change of the files leads to a trial, because git's view of them before the failure is known. */
  readonly seesChanges: boolean;
  /** The newest record cannot be read. Only a reset ends that. */
  readonly isUnreadable: boolean;
  /** The records that could not be read, one sentence each. */
  readonly malformed: readonly string[];
}

/** The snapshot of a breaker from what was just read: the clock and the holder of the trial are looked at now. */
export function snapshotOf(
  name: string,
  rule: Rule,
  { state, held, malformed, isUnreadable }: BreakerReading,
): BreakerSnapshot {
  const present = { now: timestampNow(), hold: held, isUnreadable, isHolderDead: isHolderDead(state.trial) };
  const decision = decide(state, rule, present);
  const isHalfOpen = state.trial !== undefined && isTrialActive(state.trial, present);
  const circuit =
    held !== undefined
      ? 'held'
      : state.opened === undefined && !isUnreadable
        ? 'closed'
        : isHalfOpen && !isUnreadable
          ? 'half-open'
          : 'open';
  const cause = state.opened === undefined ? undefined : causeOf(state).text;
  const why = decision.kind === 'refused' ? explain(state, held, decision, false) : cause;
  const nextAtMs = decision.kind === 'refused' ? decision.nextAtMs : undefined;
  const before = state.opened?.situation;
  const seesChanges = !isUnreadable && areComparable(before, before);
  return { name, circuit, rule, state, hold: held, nextAtMs, why, seesChanges, isUnreadable, malformed };
}
