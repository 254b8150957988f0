import { type Attention, type RunRecord, runPaths } from '@pm/protocol';
import type { Look } from './observe.ts';

/** What a watcher keeps of one run between its looks. */
export interface Watched {
  readonly run: RunRecord;
  /** Its own, by path: a glance needs no other of them. */
  readonly folder: string;
  look: Look | undefined;
  plannedMs: number;
  dueAtMs: number;
  /** Its folder's time (`settledAtMs`) when a glance last went through the records in it. */
  folderAtMs: number | undefined;
  /** When a glance last asked whether its processes live. */
  livedAtMs: number;
  /** It has left a trace; not yet where the beat was just being written, or the disk was full. */
  traced: boolean;
  /** A kill is being carried out. */
  acting: boolean;
  /** The kill was carried out and left survivors: the exit may never come. */
  survived: boolean;
  /** Troubles that last and were told; undefined until they are asked for. */
  told: Set<Attention> | undefined;
}

export function newlyWatched(dir: string, run: RunRecord): Watched {
  return {
    run,
    folder: runPaths(dir, run.id).folder,
    look: undefined,
    plannedMs: 0,
    dueAtMs: 0,
    folderAtMs: undefined,
    livedAtMs: 0,
    traced: false,
    acting: false,
    survived: false,
    told: undefined,
  };
}
