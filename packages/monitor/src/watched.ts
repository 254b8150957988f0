import type { Attention, RunRecord } from '@pm/protocol';
import type { Look } from './observe.ts';

/** What a watcher keeps of one run between its looks. */
export interface Watched {
  readonly run: RunRecord;
  look: Look | undefined;
  plannedMs: number;
  dueAtMs: number;
  /** Its folder's time (`settledAtMs`) when a glance last went through the records in it. */
  folderAtMs: number | undefined;
  /** It has left a trace; where the beat was just being written, its first look could not. */
  traced: boolean;
  /** A kill is being carried out. */
  acting: boolean;
  /** The kill was carried out and left survivors: the exit may never come. */
  survived: boolean;
  /** Troubles that last and were told. */
  told: Set<Attention>;
}

export function newlyWatched(run: RunRecord): Watched {
  return {
    run,
    look: undefined,
    plannedMs: 0,
    dueAtMs: 0,
    folderAtMs: undefined,
    traced: false,
    acting: false,
    survived: false,
    told: new Set(),
  };
}
