import { type FSWatcher, watch } from 'node:fs';

// Why: contributing/decisions/2026-11-23-polling-is-the-truth.md
/**
 * Ends a watcher's sleep early. Correctness rests on polling alone: if a waker never fires, verdicts only come later.
 */
export interface Waker {
  /** Resolves after `ms`, or earlier if a folder changed, `wake` was called, or the signal aborted. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly wake: () => void;
  readonly close: () => void;
}

/**
 * A waker on these folders. Folders, not files: a link or rename replaces the inode that a watch on a file would hold.
 */
export function wakerOn(folders: readonly string[]): Waker {
  let isWoken = false;
  let endWait: (() => void) | undefined;
  const wake = (): void => {
    isWoken = true;
    endWait?.();
  };
  const watchers = folders.map((folder) => watchQuietly(folder, wake));
  return {
    wake,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (isWoken || signal.aborted) {
          isWoken = false;
          resolve();
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          endWait = undefined;
          isWoken = false;
          resolve();
        };
        const timer = setTimeout(done, ms);
        signal.addEventListener('abort', done);
        endWait = done;
      }),
    close: () => {
      for (const watcher of watchers) watcher?.close();
    },
  };
}

function watchQuietly(folder: string, wake: () => void): FSWatcher | undefined {
  try {
    // In a turn of its own: a watch cannot be closed from within its own event, and closing one takes the kernel
    // milliseconds.
    const watcher = watch(folder, () => setImmediate(wake));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined; // no inotify instance left (EMFILE), or a file system without it
  }
}
