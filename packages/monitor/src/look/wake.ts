import { type FSWatcher, watch } from 'node:fs';

// Why: contributing/decisions/2026-11-23-polling-is-the-truth.md
/** Wakes a watcher early. Polling is the truth: a bell that never rings only makes a verdict late. */
export interface Bell {
  /** Resolves after `ms`, or earlier if a folder changed, `ring` was called, or the signal aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly ring: () => void;
  readonly close: () => void;
}

/** A bell on these folders. Folders, not files: a link or rename replaces the inode that a watch on a file would hold. */
export function bellOn(folders: readonly string[]): Bell {
  let rung = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    rung = true;
    wake?.();
  };
  const watchers = folders.map((folder) => watchQuietly(folder, ring));
  return {
    ring,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (rung || signal.aborted) {
          rung = false;
          resolve();
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = undefined;
          rung = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done);
        wake = done;
      }),
    close: () => {
      for (const watcher of watchers) watcher?.close();
    },
  };
}

function watchQuietly(folder: string, ring: () => void): FSWatcher | undefined {
  try {
    // In a turn of its own: from within its event a watch cannot be torn down, and the kernel takes milliseconds for that.
    const watcher = watch(folder, () => setImmediate(ring));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined; // no inotify instance left (EMFILE), or a file system without it
  }
}
