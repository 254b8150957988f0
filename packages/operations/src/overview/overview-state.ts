import type { OverviewAll, OverviewBreaker, OverviewEvent, OverviewRun, OverviewUsage } from './overview-event.ts';

/** What a frontend knows after the events so far. */
export interface OverviewState {
  readonly runs: ReadonlyMap<string, OverviewRun>;
  readonly total: number;
  readonly queues: OverviewAll['queues'];
  readonly breakers: readonly OverviewBreaker[];
  /** The newest usage of each live run. */
  readonly usage: Readonly<Record<string, OverviewUsage>>;
}

export const NOTHING_SEEN: OverviewState = { runs: new Map(), total: 0, queues: [], breakers: [], usage: {} };

/** The state after one more event. Pure: the state before stays as it is. */
export function applyOverview(state: OverviewState, event: OverviewEvent): OverviewState {
  switch (event.type) {
    case 'all': {
      const { runs, total, queues, breakers } = event;
      return { runs: new Map(runs.map((run) => [run.id, run])), total, queues, breakers, usage: {} };
    }
    case 'change': {
      const runs = new Map(state.runs);
      for (const run of event.runs) runs.set(run.id, run);
      return { ...state, runs, total: state.total + runs.size - state.runs.size };
    }
    case 'gone': {
      const runs = new Map(state.runs);
      for (const id of event.ids) runs.delete(id);
      return { ...state, runs, total: state.total + runs.size - state.runs.size };
    }
    case 'queues':
      return { ...state, queues: event.queues };
    case 'breakers':
      return { ...state, breakers: event.breakers };
    case 'usage':
      return { ...state, usage: event.usage };
  }
}

/** The event that brings another frontend to this state. */
export function wholeOverview({ runs, total, queues, breakers }: OverviewState, at: number): OverviewAll {
  return { type: 'all', at, runs: [...runs.values()], total, queues, breakers };
}
