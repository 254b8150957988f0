import { directoryPaths, type RunRecord } from '@pm/protocol';
import { bellOn } from '../look/wake.ts';
import { finderOf } from './discover-runs.ts';
import { type WatchEvent, type WatchOptions, watch } from './watch.ts';

export interface WatchDirectoryOptions extends Omit<WatchOptions, 'discover'> {
  /** Which runs; all, without. */
  readonly only?: (run: RunRecord) => boolean;
  /** Ends once nothing was live for this long, ms; it goes on for ever without. */
  readonly lingerMs?: number;
  /** Asked on every turn; true ends the watching. */
  readonly enough?: () => boolean;
}

/** How long a run that was just begun may go unnoticed where no folder can be watched. */
const FIND_MS = 1_000;

/**
 * Watches every run of a directory, those that begin later too: looks, judges, acts, as `watch` does.
 * It serves any number of frontends, and is all that the resident monitor does.
 */
export async function* watchDirectory(dir: string, options: WatchDirectoryOptions): AsyncGenerator<WatchEvent, void> {
  const { by, courtesyMs = 0, only = () => true, lingerMs = Number.POSITIVE_INFINITY, enough = () => false } = options;
  const finder = finderOf(dir);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  options.signal.addEventListener('abort', stop);
  const bell = bellOn([dir, directoryPaths(dir).runs]);
  const find = () => {
    if (options.signal.aborted || enough()) stop();
    return stopping.signal.aborted ? [] : finder.find().filter(only);
  };
  try {
    for (let idleSince = performance.now(); ; ) {
      const runs = find();
      if (stopping.signal.aborted) return;
      if (runs.length > 0) {
        yield* watch(dir, runs, { signal: stopping.signal, by, discover: find, courtesyMs });
        idleSince = performance.now();
        continue;
      }
      const leftMs = idleSince + lingerMs - performance.now();
      if (leftMs <= 0) return;
      await bell.wait(Math.min(FIND_MS, Math.max(leftMs, 1)), stopping.signal);
    }
  } finally {
    options.signal.removeEventListener('abort', stop);
    bell.close();
  }
}
