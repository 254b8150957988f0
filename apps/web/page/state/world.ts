import type { OverviewEvent } from '@pm/operations';
import {
  applyOverview,
  NOTHING_SEEN,
  type OverviewState,
  samplesAfter,
  type UsageSamples,
} from '@pm/operations/overview-state';
import { newsOf } from './news.ts';

/** How many samples of a run are kept. They come each second, of very many runs less often. */
const KEPT = 300;

/** All that is known. Whatever changes is another object. */
export interface World extends OverviewState {
  /** What the runs have used while the page was open. */
  readonly samples: UsageSamples;
  /** Whether the server has told what there is. */
  readonly isLoaded: boolean;
}

/** The world before the server has told anything. */
export const EMPTY_WORLD: World = { ...NOTHING_SEEN, samples: new Map(), isLoaded: false };

/** The world after one more event. Pure. */
export function worldAfter(world: World, event: OverviewEvent): World {
  const state = applyOverview(world, event);
  return { ...state, samples: samplesAfter(world.samples, event, state.runs, KEPT), isLoaded: true };
}

/** What an event has to tell those who do not look, as sentences. What is there from the beginning is no news. */
export function newsIn(event: OverviewEvent, before: World): string[] {
  if (!before.isLoaded || (event.type !== 'all' && event.type !== 'change')) return [];
  return event.runs.flatMap((run) => newsOf(before.runs.get(run.id)?.run, run));
}
