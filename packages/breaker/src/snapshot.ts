import type { BreakerReading } from './log/breaker-reader.ts';
import { isHolderDead, timestampNow } from './log/this-process.ts';
import { decide, isTrialActive } from './state/decide.ts';
import { causeOf, explain } from './state/explain.ts';
import type { Hold } from './state/records.ts';
import { areComparable } from './state/situation.ts';
import type { BreakerState, Rule } from './state/state.ts';

/** A breaker as it is now. Instants are UTC epoch ms. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly circuit: 'closed' | 'open' | 'half-open' | 'held';
  readonly rule: Rule;
  readonly state: BreakerState;
  readonly hold?: Hold | undefined;
  /** When it may be tried again with nothing changed; absent if it is closed, or nobody can tell. */
  readonly nextAtMs?: number | undefined;
  /** Why nothing may begin, in one sentence; of an open one that may be tried, what opened it. */
  readonly why?: string | undefined;
  /** A change of the files would be seen, and get its trial: they were looked at before the failure that opened it, by git. */
  readonly seesChanges: boolean;
  /** Its newest record cannot be read: only a reset ends that. */
  readonly isUnreadable: boolean;
  /** Records that could not be read, one sentence each. */
  readonly malformed: readonly string[];
}

/** What a look means at this moment. */
export function snapshotOf(
  name: string,
  rule: Rule,
  { state, held, malformed, isUnreadable }: BreakerReading,
): BreakerSnapshot {
  const present = { now: timestampNow(), hold: held, isUnreadable, isHolderDead: isHolderDead(state.trial) };
  const granted = decide(state, rule, present);
  const isHalfOpen = state.trial !== undefined && isTrialActive(state.trial, present);
  const circuit =
    held !== undefined
      ? 'held'
      : state.opened === undefined && !isUnreadable
        ? 'closed'
        : isHalfOpen && !isUnreadable
          ? 'half-open'
          : 'open';
  const cause = state.opened === undefined ? undefined : causeOf(state).said;
  const why = granted.kind === 'refused' ? explain(state, held, granted, false) : cause;
  const nextAtMs = granted.kind === 'refused' ? granted.nextAtMs : undefined;
  const before = state.opened?.situation;
  const seesChanges = !isUnreadable && areComparable(before, before);
  return { name, circuit, rule, state, hold: held, nextAtMs, why, seesChanges, isUnreadable, malformed };
}
