import { isLive } from '../shape/is-live.ts';
import type { OverviewAll, OverviewBreaker, OverviewEvent, OverviewRun, OverviewUsage } from './overview-event.ts';

export { cpuRates, samplesAfter, type UsageSample, type UsageSamples } from './usage-samples.ts';

/** A run, and when it was as `run` says, UTC epoch ms. */
export interface SeenRun {
  readonly run: OverviewRun;
  readonly at: number;
}

/** What a frontend knows after the events so far. */
export interface OverviewState {
  /** By id. */
  readonly runs: ReadonlyMap<string, SeenRun>;
  /** How many runs there are, also those that are too many to show. */
  readonly total: number;
  readonly queues: OverviewAll['queues'];
  readonly breakers: readonly OverviewBreaker[];
  /** The newest usage of each live run. */
  readonly usage: Readonly<Record<string, OverviewUsage>>;
}

/** The state before the first event. */
export const NOTHING_SEEN: OverviewState = { runs: new Map(), total: 0, queues: [], breakers: [], usage: {} };

/** The state after one more event. Pure: the state before stays as it is. */
export function applyOverview(state: OverviewState, event: OverviewEvent): OverviewState {
  switch (event.type) {
    case 'all': {
      const { at, runs, total, queues, breakers } = event;
      return { runs: new Map(runs.map((run) => [run.id, { run, at }])), total, queues, breakers, usage: {} };
    }
    case 'change': {
      const runs = new Map(state.runs);
      for (const run of event.runs) runs.set(run.id, { run, at: event.at });
      return withRuns(state, runs);
    }
    case 'gone': {
      const runs = new Map(state.runs);
      for (const id of event.ids) runs.delete(id);
      return withRuns(state, runs);
    }
    case 'queues':
      return { ...state, queues: event.queues };
    case 'breakers':
      return { ...state, breakers: event.breakers };
    case 'usage':
      return { ...state, usage: event.usage };
  }
}

function withRuns(state: OverviewState, runs: OverviewState['runs']): OverviewState {
  return { ...state, runs, total: state.total + runs.size - state.runs.size };
}

/** The event that brings another frontend to this state. @param at now, UTC epoch ms */
export function wholeOverview({ runs, total, queues, breakers }: OverviewState, at: number): OverviewAll {
  return { type: 'all', at, runs: [...runs.values()].map((seen) => runNow(seen, at)), total, queues, breakers };
}

/**
 * The run as it is now, if nothing but time has passed since it was seen: no event tells of that alone. A remaining time of 0 says that the
 * estimate is over.
 * @param now UTC epoch ms
 */
export function runNow({ run, at }: SeenRun, now: number): OverviewRun {
  const passedMs = now - at;
  if (!isLive(run) || passedMs <= 0) return run;
  return {
    ...run,
    elapsedMs: run.elapsedMs + passedMs,
    ...(run.quietMs !== undefined && { quietMs: run.quietMs + passedMs }),
    ...(run.remainingMs !== undefined && { remainingMs: Math.max(0, run.remainingMs - passedMs) }),
  };
}
