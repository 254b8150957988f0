import { setTimeout as sleep } from 'node:timers/promises';
import { directoryPaths, type RunRecord } from '@pm/protocol';
import { DISCOVER_MS } from '../judge/look-interval.ts';
import { type Waker, wakerOn } from '../look/waker.ts';
import { discoverRuns, LEFT_EVERY_MS } from './discover-runs.ts';
import { type WatchEvent, type WatchOptions, watch } from './watch.ts';

export interface WatchDirectoryOptions extends Omit<WatchOptions, 'discover'> {
  /** Which runs to watch; without it, all. */
  readonly only?: (run: RunRecord) => boolean;
  /** Ends once no run was live for this long, ms; without it, never. */
  readonly lingerMs?: number;
  /** Asked on every turn; true ends the watching. */
  readonly enough?: () => boolean;
  /** Asked while no run is live; true starts the time of `lingerMs` anew. */
  readonly isBusy?: () => boolean;
  /** True if another live process judges the run now. It is watched when that process does so no longer. */
  readonly isLeftToOthers?: (run: RunRecord) => boolean;
}

/**
 * Watches every run of a directory, and those that begin later, as `watch` does. One such watcher serves any number of
 * frontends; the resident monitor is nothing else.
 */
export async function* watchDirectory(dir: string, options: WatchDirectoryOptions): AsyncGenerator<WatchEvent, void> {
  const { by, courtesyMs = 0, only = () => true, lingerMs = Number.POSITIVE_INFINITY } = options;
  const { enough = () => false, isBusy = () => false } = options;
  const discovery = discoverRuns(dir, options.isLeftToOthers);
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  options.signal.addEventListener('abort', stop);
  let waker: Waker | undefined;
  const discover = () => {
    if (options.signal.aborted || enough()) stop();
    return stopping.signal.aborted ? [] : discovery.newRuns().filter(only);
  };
  try {
    for (let idleSince = performance.now(); ; ) {
      const runs = discover();
      if (stopping.signal.aborted) return;
      if (runs.length > 0) {
        yield* watch(dir, runs, { signal: stopping.signal, by, discover, courtesyMs });
        idleSince = performance.now();
        continue;
      }
      const isWorking = isBusy() || discovery.isAnyLeft();
      if (isWorking) idleSince = performance.now();
      const leftMs = idleSince + lingerMs - performance.now();
      if (!isWorking && leftMs <= 0) return;
      if (discovery.isAnyLeft()) {
        // Each of the other's runs would wake this process several times.
        waker?.close();
        waker = undefined;
        await sleep(LEFT_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {}); // aborted: the loop ends
        continue;
      }
      waker ??= wakerOn([dir, directoryPaths(dir).runs]);
      await waker.wait(isWorking ? DISCOVER_MS : Math.min(DISCOVER_MS, Math.max(leftMs, 1)), stopping.signal);
    }
  } finally {
    options.signal.removeEventListener('abort', stop);
    waker?.close();
  }
}
