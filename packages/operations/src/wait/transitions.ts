import { troublesOf, type WatchEvent, watchDirectory } from '@pm/monitor';
import { queuedSteps } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { viewOfLook } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import type { Transition } from '../shape/transition.ts';
import { changesBetween, firstChange, type LiveRun } from './changes.ts';
import { viewAfterEvent } from './view-after-event.ts';

/** How many of the waiting runs are reported at the beginning: those that come next. */
const MOST_QUEUED = 100;

export interface TransitionOptions {
  /** Ends the watching, never a run. */
  readonly signal: AbortSignal;
  /** Who judges the runs meanwhile, for the endings and events that are written. */
  readonly by: string;
  /** The environment of the caller, which says where the queues of the user are. */
  readonly env: Context['env'];
  /** Only runs of these steps. Default: all. */
  readonly steps?: readonly string[] | undefined;
  /** End when no run is live any more. */
  readonly untilIdle?: boolean | undefined;
}

/**
 * Yields every change of the runs of a directory, in order, including runs that begin later. It judges the runs meanwhile.
 * The first change of a run that is live now, or waits for its turn, is `live`. The last change of each run is `ended` or `vanished`; it is the only one if the
 * run ended before it was seen. Whether a waiter was told already does not matter: everybody who watches sees all changes.
 */
export async function* transitions(dir: string, options: TransitionOptions): AsyncGenerator<Transition, void, void> {
  const { signal, by, env, steps, untilIdle } = options;
  const sinceMs = Date.now();
  const live = new Map<string, LiveRun>();
  const events = watchDirectory(dir, {
    signal,
    by,
    isBusy: () => queuedSteps(dir).some((step) => steps === undefined || steps.includes(step)),
    ...(untilIdle === true && { lingerMs: 0 }),
    ...(steps !== undefined && { only: ({ step }) => steps.includes(step) }),
  });
  for (const run of await queuedRuns(dir, steps, env)) yield { at: Date.now(), change: 'live', run };
  for await (const event of events) {
    const { run, type } = event;
    const before = live.get(run.id);
    if (type === 'attention') continue; // a look has all conditions
    if (type === 'look') {
      const now = liveRunIn(dir, event);
      if (now === undefined) continue;
      live.set(run.id, now);
      const changes = before === undefined ? [firstChange(now, run.createdAt >= sinceMs)] : changesBetween(before, now);
      for (const change of changes) yield { at: Date.now(), ...change };
    } else {
      live.delete(run.id);
      const last = await viewAfterEvent(dir, event, before?.view, []);
      if (last !== undefined) yield { at: Date.now(), change: type === 'failed' ? 'vanished' : type, run: last };
    }
  }
}

/** The runs that wait for their turn now. Each is reported again when it has begun. */
async function queuedRuns(dir: string, steps: readonly string[] | undefined, env: Context['env']): Promise<RunView[]> {
  const waiting = queuedSteps(dir).filter((step) => steps === undefined || steps.includes(step));
  if (waiting.length === 0) return [];
  const { viewsOfQueued } = await import('../queue/queued-views.ts');
  return (await viewsOfQueued(dir, waiting, MOST_QUEUED, { env })).runs;
}

/** The live run of a look; undefined before its command has begun and when its end is certain, which its outcome reports. */
export function liveRunIn(
  dir: string,
  { run, look, verdict }: Pick<Extract<WatchEvent, { type: 'look' }>, 'run' | 'look' | 'verdict'>,
): LiveRun | undefined {
  const { verdict: kind } = verdict;
  if (kind === 'ended' || kind === 'lost' || kind === 'continue-wrapper') return undefined;
  if (kind === 'waiting' && verdict.state === 'starting') return undefined;
  return { view: viewOfLook(dir, run, look, verdict), troubles: troublesOf(look.observation, run.policy) };
}
