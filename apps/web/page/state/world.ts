import type { OverviewBreaker, OverviewEvent, OverviewRun, QueueView } from '@pm/operations';
import { newsOf } from './news.ts';
import { addSample, newSeries, type Series } from './series.ts';

/** A run as it was last reported. */
export interface Entry {
  readonly run: OverviewRun;
  /** When it was reported, UTC epoch ms. Its durations are counted on from here. */
  readonly at: number;
}

/** All that is known. It is changed in place, because a thousand runs change each second. */
export interface World {
  readonly runs: ReadonlyMap<string, Entry>;
  readonly series: ReadonlyMap<string, Series>;
  readonly queues: readonly QueueView[];
  readonly breakers: readonly OverviewBreaker[];
  /** How many runs there are, also those that are too many to list. */
  readonly total: number;
  /** Grows when a run appears, changes or goes. What is only measured does not count. */
  readonly version: number;
}

/** Keeps the runs of the page up to date. */
export interface WorldKeeper {
  readonly world: World;
  readonly apply: (event: OverviewEvent) => void;
  /** What has happened since the last call, as sentences. */
  readonly takeNews: () => string[];
}

export function keepWorld(): WorldKeeper {
  const runs = new Map<string, Entry>();
  const series = new Map<string, Series>();
  const news: string[] = [];
  const world = {
    runs,
    series,
    queues: [] as readonly QueueView[],
    breakers: [] as readonly OverviewBreaker[],
    total: 0,
    version: 0,
  };
  return { world, apply, takeNews: () => news.splice(0) };

  function apply(event: OverviewEvent): void {
    switch (event.type) {
      case 'all': {
        const listed = new Set(event.runs.map(({ id }) => id));
        for (const id of runs.keys()) if (!listed.has(id)) forget(id);
        for (const run of event.runs) put(run, event.at, world.version > 0);
        world.queues = event.queues;
        world.breakers = event.breakers;
        world.total = event.total;
        break;
      }
      case 'change':
        for (const run of event.runs) {
          if (!runs.has(run.id)) world.total += 1;
          put(run, event.at, true);
        }
        break;
      case 'gone':
        for (const id of event.ids) {
          if (runs.has(id)) world.total -= 1;
          forget(id);
        }
        break;
      case 'queues':
        world.queues = event.queues;
        break;
      case 'breakers':
        world.breakers = event.breakers;
        break;
      case 'usage':
        for (const [id, [cpuMs, memoryBytes, processes]] of Object.entries(event.usage)) {
          if (!runs.has(id)) continue;
          const known = series.get(id) ?? newSeries();
          series.set(id, known);
          addSample(known, { at: event.at, cpuMs, memoryBytes, processes });
        }
        return;
    }
    world.version += 1;
  }

  function put(run: OverviewRun, at: number, isNews: boolean): void {
    if (isNews) news.push(...newsOf(runs.get(run.id)?.run, run));
    runs.set(run.id, { run, at });
  }

  function forget(id: string): void {
    runs.delete(id);
    series.delete(id);
  }
}
