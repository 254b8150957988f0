import type { Outcome } from '@pm/protocol';
import { type BreakerEvent, type BreakerRun, eventsInOrder, type LoggedRecord } from './events.ts';
import { type LogRecord, MOST_FAILURES } from './records.ts';
import type { Rule } from './rule.ts';
import { changeBetween, type Situation } from './situation.ts';
import { type BreakerState, CLOSED, countFailures, type Failure, type Opened } from './state.ts';
import type { Timestamp } from './timestamp.ts';

/**
 * The state of a breaker after all these events. Pure. Every reader gets the same state, in whichever order things ended; an event that
 * arrives late or twice does no harm.
 * @param runs runs that have ended, and runs that have not; runs before the last success of a source may be left out
 * @param log the breaker's own records; those before the last reset, success or trip may be left out
 */
export function replay(
  runs: readonly BreakerRun[],
  log: readonly LoggedRecord[],
  rule: Pick<Rule, 'after'>,
): BreakerState {
  return eventsInOrder(runs, log).reduce((state, event) => transition(state, event, rule), CLOSED);
}

/** The state after one more event. Pure. `state.ts` has a picture of the circuit. */
function transition(state: BreakerState, event: BreakerEvent, { after }: Pick<Rule, 'after'>): BreakerState {
  if (event.kind === 'run') return afterRun(state, event.run, after);
  const next = event.isBacked ? noted(state) : afterRecord(state, event.n, event.record, after);
  return { ...next, positions: newest(next.positions, event.record.positions) };
}

function afterRun(before: BreakerState, run: BreakerRun, after: number): BreakerState {
  const { source, n, id, ended } = run;
  const state = { ...before, positions: newest(before.positions, { [source]: n }) };
  const { trial } = state;
  const isTrial = trial?.source === source && n > (trial.after ?? 0);
  if (ended === undefined) return isTrial ? { ...state, trial: { ...trial, run: id } } : state;
  const known = state.situations[source];
  const situation = isTrial ? trial.situation : known !== undefined && n > known.after ? known.situation : undefined;
  const { outcome, at, signature, times } = ended;
  return afterEnding(
    state,
    { id, source, outcome, at, signature, times, beganMs: run.begun.atMs, situation, isTrial },
    after,
  );
}

function afterRecord(state: BreakerState, n: number, record: LogRecord, after: number): BreakerState {
  const { trial } = state;
  switch (record.kind) {
    case 'ending': {
      const { outcome, at, signature, situation } = record;
      const isTrial = trial !== undefined && trial.source === undefined;
      return afterEnding(state, { id: `record ${n}`, outcome, at, signature, situation, isTrial }, after);
    }
    case 'situation': {
      const known = { after: record.after, situation: record.situation };
      return { ...state, situations: { ...state.situations, [record.source]: known } };
    }
    case 'trial': {
      if (state.opened === undefined) return state; // a success came first
      const { at, by, forMs, holder, source, after: afterClaim, situation } = record;
      return { ...state, trial: { at, by, forMs, holder, source, after: afterClaim, situation } };
    }
    case 'trip':
      return afterTrip(state, record);
    case 'reset':
      return { ...CLOSED, positions: state.positions };
  }
}

interface Ending {
  readonly id: string;
  readonly source?: string;
  readonly outcome: Outcome;
  readonly at: Timestamp;
  readonly signature?: string | undefined;
  readonly times?: number | undefined;
  readonly beganMs?: number;
  readonly situation?: Situation | undefined;
  readonly isTrial: boolean;
}

function afterEnding(
  state: BreakerState,
  { source, outcome, situation, isTrial, times, ...rest }: Ending,
  after: number,
): BreakerState {
  if (outcome === 'success') return { ...CLOSED, positions: state.positions };
  const { trial, ...withoutTrial } = state;
  // Somebody cancelled it. That says nothing about the work, so the next one may try.
  if (outcome === 'cancelled') return isTrial ? withoutTrial : state;
  if (state.opened !== undefined && !isTrial) return state; // it began before the breaker opened, so it changes nothing
  const change = changeBetween(state.before, situation);
  const failure: Failure = {
    ...rest,
    outcome,
    ...(times !== undefined && { times }),
    ...(change !== undefined && { change }),
  };
  const failures = [...state.failures, failure].slice(-MOST_FAILURES);
  if (state.opened === undefined && countFailures(failures) < after) return { ...state, failures, before: situation };
  const opened: Opened = {
    cause: 'failures',
    since: rest.at,
    by: rest.id,
    source,
    situation,
    isNoted: false,
    positions: state.positions,
  };
  return { ...withoutTrial, failures, before: situation, opened };
}

function noted(state: BreakerState): BreakerState {
  return state.opened === undefined ? state : { ...state, opened: { ...state.opened, isNoted: true } };
}

/** A trip by hand, or a note of what the failures show. A note is made before a trial is granted, so no trial is running then. */
function afterTrip(state: BreakerState, record: Extract<LogRecord, { kind: 'trip' }>): BreakerState {
  const { cause, since, opener: by, source, reason, situation, failures, positions } = record;
  const { trial, ...withoutTrial } = state;
  return {
    ...withoutTrial,
    failures,
    before: situation,
    opened: { cause, since, by, source, reason, situation, isNoted: true, positions },
  };
}

function newest(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sources = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(sources.map((source) => [source, Math.max(a[source] ?? 0, b[source] ?? 0)]));
}
