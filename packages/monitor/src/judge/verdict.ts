import type { OrderCause, State } from '@pm/protocol';

/** What an observation means. Every verdict but `waiting` asks for an action (`applyVerdict`). */
export type Verdict =
  /** The run is over and its ending is on record: write the outcome that follows from it. */
  | { readonly verdict: 'ended' }
  /** The run is over and there will be no ending: its outcome is `lost`. */
  | { readonly verdict: 'lost'; readonly reason: LostReason; readonly evidence: string }
  /** Write this ending, unless another is on record already, and terminate the run's processes. */
  | { readonly verdict: 'order'; readonly cause: Exclude<OrderCause, 'cancelled'>; readonly evidence: string }
  /** An ending is on record, but whoever wrote it has not terminated the processes: do it now. */
  | { readonly verdict: 'finish-kill' }
  /** The command has exited, and its wrapper is stopped: continue the wrapper, so that it records the exit. */
  | { readonly verdict: 'continue-wrapper' }
  /** Nothing is to be done. */
  | { readonly verdict: 'waiting'; readonly state: LiveState; readonly evidence: string };

export type LiveState = Exclude<State, 'ended'>;

export type LostReason = 'rebooted' | 'never-started' | 'wrapper-gone' | 'exit-unknown' | 'beat-stale' | 'superseded';

/** The verdicts after which nothing more is to be expected of the run. */
export type FinalVerdict = Extract<Verdict, { readonly verdict: 'ended' | 'lost' }>;

/** Whether nothing more is to be expected of the run. */
export function isFinal(verdict: Verdict): verdict is FinalVerdict {
  return verdict.verdict === 'ended' || verdict.verdict === 'lost';
}
