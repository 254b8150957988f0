import type { OutcomeRecord } from '@pm/protocol';
import { isGraceless } from '../judge/observation.ts';
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
      if (verdict.cause === 'lost') orderLost(dir, watched, verdict.evidence, by, waker);
      else if (orderEnding(dir, run.id, verdict.cause, by, verdict.evidence))
        terminateInBackground(dir, watched, by, waker);
      return undefined;
    case 'finish-kill':
      terminateInBackground(dir, watched, by, waker, look !== undefined && isGraceless(look.observation));
      return undefined;
    default:
      return verdict satisfies never;
  }
}

/**
 * Kills the tree also if the ending cannot be written: nothing may live beyond the lease. If another ending was first, the next look
 * decides: what a command has left that exited in time is not killed.
 */
function orderLost(dir: string, watched: WatchedRun, evidence: string, by: string, waker: Waker): void {
  let isFirst = true;
  try {
    isFirst = orderEnding(dir, watched.run.id, 'lost', by, evidence);
  } finally {
    if (isFirst) terminateInBackground(dir, watched, by, waker, true);
  }
}

/** @param isGraceless kills at once, also what is being terminated already */
function terminateInBackground(dir: string, watched: WatchedRun, by: string, waker: Waker, isGraceless = false): void {
  if (isGraceless) watched.hurry.abort();
  if (watched.acting) return;
  watched.acting = true;
  const manner = { tree: watched.look?.tree, by, force: watched.hurry.signal, ...(isGraceless && { graceMs: 0 }) };
  terminateRun(dir, watched.run, manner)
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
