import { type FSWatcher, watch } from 'node:fs';

/** Files are the truth and are polled; the watch only makes it fast. It does not tell that a run has ended: this long may that take. */
const POLL_MS = 25;

/** Wakes who follows a file. */
export interface Wake {
  readonly next: (signal: AbortSignal | undefined) => Promise<void>;
  readonly close: () => void;
}

export function wakeOnChange(file: string): Wake {
  let ring = (): void => {};
  let changed = false;
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(file, () => {
      changed = true;
      ring();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    // No inotify instance left (EMFILE): polling alone is enough.
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
        ring = done;
      }),
    close: () => watcher?.close(),
  };
}
