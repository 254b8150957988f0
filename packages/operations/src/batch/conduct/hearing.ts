import { watch } from 'node:fs';
import { directoryPaths } from '@pm/protocol';

export interface Hearing {
  /** Something was heard since `clear`. */
  readonly isPending: () => boolean;
  readonly clear: () => void;
  readonly wait: (ms: number) => Promise<void>;
  readonly close: () => void;
}

/** Hears of the ends of runs. */
export function hearing(dir: string, signal: AbortSignal): Hearing {
  let isPending = false;
  let wake = (): void => {};
  const hear = (): void => {
    isPending = true;
    wake();
  };
  signal.addEventListener('abort', hear);
  const watcher = watcherOf(directoryPaths(dir).ended, hear);
  return {
    isPending: () => isPending,
    clear: () => {
      isPending = false;
    },
    wait: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    close: () => {
      signal.removeEventListener('abort', hear);
      watcher?.close();
    },
  };
}

/** Undefined if no inotify instance is left: then the looks find it. */
function watcherOf(path: string, hear: () => void): { close: () => void } | undefined {
  try {
    const watcher = watch(path, hear);
    watcher.on('error', hear);
    return watcher;
  } catch {
    return undefined;
  }
}
