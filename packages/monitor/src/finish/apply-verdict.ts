import type { OutcomeRecord } from '@pm/protocol';
import type { Verdict } from '../judge/verdict.ts';
import type { Waker } from '../look/waker.ts';
import type { WatchedRun } from '../look/watched-run.ts';
import { conclude, concludeByVerdict } from './conclude.ts';
import { appendEvent } from './event-log.ts';
import { orderEnding } from './order-ending.ts';
import { continueWrapper, terminateRun } from './terminate-run.ts';

/**
 * Does what a verdict asks for. A termination goes on in the background and wakes the watcher when it is done.
 * @returns the outcome once it is on disk
 */
export function applyVerdict(
  dir: string,
  watched: WatchedRun,
  verdict: Verdict,
  by: string,
  waker: Waker,
): OutcomeRecord | undefined {
  const { run, look } = watched;
  if (watched.survived) return conclude(dir, run, { tree: look?.tree, by });
  switch (verdict.verdict) {
    case 'waiting':
      return undefined;
    case 'ended':
    case 'lost':
      return concludeByVerdict(dir, run, verdict, look?.tree, by);
    case 'continue-wrapper':
      continueWrapper(dir, run.id);
      return undefined;
    case 'order':
      if (orderEnding(dir, run.id, verdict.cause, by, verdict.evidence)) terminateInBackground(dir, watched, by, waker);
      return undefined;
    case 'finish-kill':
      terminateInBackground(dir, watched, by, waker);
      return undefined;
    default:
      return verdict satisfies never;
  }
}

function terminateInBackground(dir: string, watched: WatchedRun, by: string, waker: Waker): void {
  if (watched.acting) return;
  watched.acting = true;
  terminateRun(dir, watched.run, { tree: watched.look?.tree, by })
    .then(({ survivors }) => {
      watched.survived = survivors.length > 0;
    })
    .catch((error) => appendEvent(dir, watched.run.id, by, 'kill-failed', { error: String(error) }))
    .finally(() => {
      watched.acting = false;
      watched.dueAtMs = 0;
      waker.wake();
    });
}
