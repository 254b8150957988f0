import { existsSync } from 'node:fs';
import { doubtOnStop, stop } from '@pm/monitor';
import { type RunRecord, runPaths } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { viewOfOutcome, withLivingSurvivors } from '../runs/outcome-view.ts';
import { recordsGone, viewNow } from '../runs/run-view.ts';
import { untilPublished } from '../runs/until-published.ts';
import type { RunView } from '../shape/answer.ts';

/** How a run is stopped. */
export interface StopRequest {
  readonly force?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Stops this run, whatever its step has started since, and waits until it has ended. */
export async function stopRun(
  where: string,
  run: RunRecord,
  { force, reason }: StopRequest,
  context: Context,
): Promise<RunView> {
  if (!existsSync(runPaths(where, run.id).folder)) throw recordsGone(where, run);
  const by = `${context.caller ?? 'pm'} stop ${process.pid}`;
  const doubts = doubtOnStop(where, run);
  const outcome = await stop(where, run, {
    by,
    reason: reason ?? 'asked to stop',
    signal: context.signal,
    ...(force === true && { graceMs: 0 }),
    ...(context.force !== undefined && { force: context.force }),
  });
  if (outcome === undefined) return viewNow(where, run, by);
  await untilPublished(where, run);
  const view = withLivingSurvivors(run, viewOfOutcome(where, run, outcome));
  const doubt = await doubts(outcome, context.signal);
  return doubt === undefined ? view : { ...view, doubt };
}

/** Abort signals that follow another one. */
interface SignalFork {
  readonly next: () => AbortSignal;
  /** No more of them are needed. */
  readonly close: () => void;
}

/**
 * Makes a separate signal for each listener: Node warns of a leak if one signal has more than ten.
 * @param signal the one to follow
 */
export function forkSignal(signal: AbortSignal): SignalFork {
  const followers: AbortController[] = [];
  const abort = (): void => {
    for (const follower of followers) follower.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  return {
    next: () => {
      const follower = new AbortController();
      if (signal.aborted) follower.abort(signal.reason);
      followers.push(follower);
      return follower.signal;
    },
    close: () => signal.removeEventListener('abort', abort),
  };
}
