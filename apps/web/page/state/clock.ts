import type { RunView } from '@pm/operations';
import { progressShare } from '@pm/operations/words';
import { isLive } from './sections.ts';
import type { Entry } from './world.ts';

/** How long a run has taken until now, ms. Between two reports the page counts on; a suspended run stands still. */
export function elapsedNow({ run, at }: Entry, now: number): number {
  return run.elapsedMs + sinceReport(run, at, now);
}

/** How long it still takes by the estimate of its last report, ms; undefined if nothing is known. 0: the estimate is over. */
export function remainingNow({ run, at }: Entry, now: number): number | undefined {
  return run.remainingMs === undefined ? undefined : Math.max(0, run.remainingMs - sinceReport(run, at, now));
}

/** The share of its time limit that is used up, from 0 to 1; undefined without a limit. */
export function usedShare(entry: Entry, now: number): number | undefined {
  const { limitMs } = entry.run;
  if (limitMs === undefined || limitMs === null || limitMs <= 0) return undefined;
  return Math.min(1, elapsedNow(entry, now) / limitMs);
}

function sinceReport(run: RunView, at: number, now: number): number {
  return (isLive(run) && run.state !== 'suspended') || run.state === 'queued' ? Math.max(0, now - at) : 0;
}

/** The share of its work that a live run says is done, from 0 to 1; undefined if it says none. */
export function doneShare({ progress }: RunView): number | undefined {
  return progress === undefined ? undefined : progressShare(progress);
}
