import type { RunView } from '@pm/operations';
import { progressShare } from '@pm/operations/words';

/** The share of its work that a live run says is done, from 0 to 1; undefined if it says none. */
export function doneShare({ progress }: RunView): number | undefined {
  return progress === undefined ? undefined : progressShare(progress);
}
