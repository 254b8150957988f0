import type { RunView } from '@pm/operations';
import { progressShare } from '@pm/operations/words';

/** The share of its time limit that is used up, from 0 to 1; undefined without a limit. */
export function usedShare({ elapsedMs, limitMs }: RunView): number | undefined {
  return limitMs === undefined || limitMs === null || limitMs <= 0 ? undefined : Math.min(1, elapsedMs / limitMs);
}

/** The share of its work that a live run says is done, from 0 to 1; undefined if it says none. */
export function doneShare({ progress }: RunView): number | undefined {
  return progress === undefined ? undefined : progressShare(progress);
}
