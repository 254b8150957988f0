import { directoryPaths } from '@pm/protocol';
import { watchFolders } from '@pm/protocol/fs';

/** What tells that a run may have ended. */
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
  const stopHearing = watchFolders([directoryPaths(dir).ended], hear);
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
      stopHearing();
    },
  };
}
