import { type FSWatcher, watch } from 'node:fs';

/** The file is polled as well: a watch may miss a change, and does not see that a run has ended. */
const POLL_MS = 25;

/** Tells when a file may have changed. */
export interface ChangeWatcher {
  /** Resolves at the next change, after 25 ms at most, or when the signal is aborted. */
  readonly next: (signal: AbortSignal | undefined) => Promise<void>;
  readonly close: () => void;
}

/** Watches a file. Where it cannot be watched, it is only polled. */
export function watchChanges(file: string): ChangeWatcher {
  let notify = (): void => {};
  let changed = false;
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(file, () => {
      changed = true;
      notify();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // No inotify instance is left (EMFILE): polling is enough.
  }
  return {
    next: (signal) =>
      new Promise((resolve) => {
        if (changed || signal?.aborted) {
          changed = false;
          resolve();
          return;
        }
        const done = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', done);
          changed = false;
          resolve();
        };
        const timer = setTimeout(done, POLL_MS);
        signal?.addEventListener('abort', done, { once: true });
        notify = done;
      }),
    close: () => watcher?.close(),
  };
}
