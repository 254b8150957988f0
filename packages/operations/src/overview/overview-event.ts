import type { BreakerView, RunView } from '../shape/answer.ts';
import type { QueueView } from '../shape/views/queue-view.ts';

/** A run of the overview: it always has its id and its directory. */
export type OverviewRun = RunView & { readonly id: string; readonly dir: string };

/** A breaker that is open or held or has counted failures, with its directory. */
export type OverviewBreaker = BreakerView & { readonly dir: string };

/** CPU time since the start of a run, ms; its memory now, bytes; how many processes it has. */
export type OverviewUsage = readonly [cpuMs: number, memoryBytes: number, processes: number];

/** Everything that the overview shows. `total` counts also the ended runs that are too many to show. */
export interface OverviewAll {
  readonly type: 'all';
  readonly at: number;
  readonly runs: readonly OverviewRun[];
  readonly total: number;
  readonly queues: readonly QueueView[];
  readonly breakers: readonly OverviewBreaker[];
}

/** What has changed since the event before. `at` is when it was seen, UTC epoch ms. */
export type OverviewEvent =
  | OverviewAll
  /** Runs that are new or look different now. */
  | { readonly type: 'change'; readonly at: number; readonly runs: readonly OverviewRun[] }
  /** Runs that are not part of the overview any more: pruned, left their queue, or followed by a newer run of their step. */
  | { readonly type: 'gone'; readonly at: number; readonly ids: readonly string[] }
  | { readonly type: 'queues'; readonly at: number; readonly queues: readonly QueueView[] }
  | { readonly type: 'breakers'; readonly at: number; readonly breakers: readonly OverviewBreaker[] }
  /** What the live runs use, by id. A run of which nothing can be known is left out. */
  | { readonly type: 'usage'; readonly at: number; readonly usage: Readonly<Record<string, OverviewUsage>> };
