import { existsSync } from 'node:fs';
import { doubtOnStop, stop } from '@pm/monitor';
import { type RunRecord, runPaths } from '@pm/protocol';
import { withNews } from '../elsewhere/news-follower.ts';
import type { Context } from '../project/context.ts';
import { viewOfOutcome, withLivingSurvivors } from '../runs/outcome-view.ts';
import { recordsGone, viewNow } from '../runs/run-view.ts';
import { untilPublished } from '../runs/until-published.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';

/** How a run is stopped. */
export interface StopRequest {
  readonly force?: boolean | undefined;
  readonly reason?: string | undefined;
}

/** Stops this run, whatever its step has started since, and waits until it has ended. */
export async function stopRun(where: string, run: RunRecord, request: StopRequest, context: Context): Promise<RunView> {
  if (!existsSync(runPaths(where, run.id).folder)) throw recordsGone(where, run);
  const by = `${context.caller ?? 'pm'} stop ${process.pid}`;
  // Each of many runs that are stopped at once has its own signals: Node warns of a leak if one has more than ten listeners.
  const signal = AbortSignal.any([context.signal]);
  const force = context.force && AbortSignal.any([context.force]);
  const doubts = doubtOnStop(where, run);
  const ended = await withNews(where, () =>
    stop(where, run, {
      by,
      reason: request.reason ?? 'asked to stop',
      signal,
      ...(request.force === true && { graceMs: 0 }),
      ...(force !== undefined && { force }),
    }),
  );
  const isGivenUp = ended === undefined && request.force === true && run.mirror !== undefined && !signal.aborted;
  const outcome = isGivenUp ? await (await import('../mirror/give-up.ts')).giveUp(where, run, by) : ended;
  if (outcome === undefined) return viewNow(where, run, by);
  await untilPublished(where, run);
  const view = withLivingSurvivors(run, viewOfOutcome(where, run, outcome));
  const doubt = await doubts(outcome, signal);
  return doubt === undefined ? view : { ...view, doubt };
}

/** What has to be told after a stop: which runs have not ended yet and why, and what casts doubt on an outcome. */
export function notesOnStopped(runs: readonly RunView[]): string[] {
  const left = runs.filter(isLive).map(({ step, evidence }) => `${step}: ${evidence}`);
  return [...left, ...runs.flatMap(({ step, doubt }) => (doubt === undefined ? [] : [`${step}: ${doubt}`]))];
}
