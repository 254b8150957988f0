import { type Attention, type RunRecord, runPaths } from '@pm/protocol';
import type { Look } from './observe.ts';

/**
 * What a watcher keeps of one run between its looks. Instants are on this process's monotonic clock unless said
 * otherwise.
 */
export interface WatchedRun {
  readonly run: RunRecord;
  /** The path of its folder, kept because every glance needs it. */
  readonly folder: string;
  look: Look | undefined;
  /** How long after `look` the next one was planned. */
  plannedMs: number;
  dueAtMs: number;
  /** The stamp of its folder (`readFolderStamp`) when a glance last read the records in it. */
  folderStampMs: number | undefined;
  /** When a glance last asked whether its processes live. */
  livedAtMs: number;
  /** It has left a trace. Not yet while the beat is being written, or the disk is full. */
  traced: boolean;
  /** Its processes are being terminated. */
  acting: boolean;
  /** Aborted when nothing of it may be alive any more: ends the grace of a termination that is under way. */
  readonly hurry: AbortController;
  /** They were terminated, and some survived: the exit may never come. */
  survived: boolean;
  /** The current troubles that were reported; undefined until they are first needed. */
  notified: Set<Attention> | undefined;
}

/** A run that was not looked at yet, and is due. */
export function newWatchedRun(dir: string, run: RunRecord): WatchedRun {
  return {
    run,
    folder: runPaths(dir, run.id).folder,
    look: undefined,
    plannedMs: 0,
    dueAtMs: 0,
    folderStampMs: undefined,
    livedAtMs: 0,
    traced: false,
    acting: false,
    hurry: new AbortController(),
    survived: false,
    notified: undefined,
  };
}
