import type { BreakerReading } from './log/breaker-reader.ts';
import { isHolderDead, timestampNow } from './log/this-process.ts';
import { type Decision, type DecisionInput, decide, isTrialActive } from './state/decide.ts';
import { explain, likelyCauseOf } from './state/explain.ts';
import type { Hold } from './state/records.ts';
import type { Rule } from './state/rule.ts';
import { areComparable, type Situation } from './state/situation.ts';
import type { BreakerState } from './state/state.ts';

/** A breaker as it is now. Instants are UTC epoch ms. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly circuit: 'closed' | 'open' | 'half-open' | 'held';
  readonly rule: Rule;
  readonly state: BreakerState;
  readonly hold?: Hold | undefined;
  /** What a start would be told now, as far as the situation was looked at. */
  readonly decision: Decision;
  /** When the next trial may run if nothing changes; absent if the breaker is closed or the time is unknown. */
  readonly nextAtMs?: number | undefined;
  /** What the breaker says about the next start, in one sentence; absent if it is closed. */
  readonly why?: string | undefined;
  /** What the failures in a row suggest. `infrastructure` is never said of an error of the code, or if something was changed between. */
  readonly likelyCause?: 'work' | 'infrastructure' | undefined;
  /** A change of the files leads to a trial, because git's view of them before the failure is known. */
  readonly seesChanges: boolean;
  /** The newest record cannot be read. Only a reset ends that. */
  readonly isUnreadable: boolean;
  /** The records that could not be read, one sentence each. */
  readonly malformed: readonly string[];
}

/** What the snapshot is about: the step that would start, and the situation, if somebody has looked at it. */
export interface SnapshotOptions {
  readonly situation?: Situation | undefined;
  readonly source?: string | undefined;
}

/** The snapshot of a breaker from what was just read: the clock and the holder of the trial are looked at now. */
export function snapshotOf(
  name: string,
  rule: Rule,
  { state, held: hold, malformed, isUnreadable }: BreakerReading,
  { situation, source }: SnapshotOptions = {},
): BreakerSnapshot {
  const now = timestampNow();
  const present = { now, hold, isUnreadable, isHolderDead: isHolderDead(state.trial), situation, source };
  const decision = decide(state, rule, present);
  const before = state.opened?.situation;
  return {
    name,
    circuit: circuitOf(state, present),
    rule,
    state,
    hold,
    decision,
    nextAtMs: decision.kind === 'refused' ? decision.nextAtMs : undefined,
    why: explain({ state, hold, decision, situation }),
    likelyCause: likelyCauseOf(state),
    seesChanges: !isUnreadable && areComparable(before, before),
    isUnreadable,
    malformed,
  };
}

function circuitOf(state: BreakerState, present: DecisionInput): BreakerSnapshot['circuit'] {
  if (present.hold !== undefined) return 'held';
  if (present.isUnreadable === true) return 'open';
  if (state.opened === undefined) return 'closed';
  return state.trial !== undefined && isTrialActive(state.trial, present) ? 'half-open' : 'open';
}
