import { troublesOf, type WatchEvent, watchDirectory } from '@pm/monitor';
import { viewOfLook } from '../runs/run-view.ts';
import type { Transition } from '../shape/transition.ts';
import { changesBetween, firstChange, type LiveRun } from './changes.ts';
import { viewAfterEvent } from './view-after-event.ts';

export interface TransitionOptions {
  /** Ends the telling, never a run. */
  readonly signal: AbortSignal;
  /** Who judges meanwhile: named in the endings and events it writes. */
  readonly by: string;
  /** Only runs of these; all, without. */
  readonly steps?: readonly string[] | undefined;
  /** Ends once nothing is live any more. */
  readonly untilIdle?: boolean | undefined;
}

/**
 * Every transition of the runs of a directory, in order, those that begin later included; they are judged on the way.
 * Of a run that is live now the first one is `live`; the last one of each is `ended` or `vanished`, and the only one of a run
 * that was over before it could be seen. What a waiter was told has no part in it: everybody who watches sees all.
 */
export async function* transitions(dir: string, options: TransitionOptions): AsyncGenerator<Transition, void, void> {
  const { signal, by, steps, untilIdle } = options;
  const sinceMs = Date.now();
  const live = new Map<string, LiveRun>();
  const events = watchDirectory(dir, {
    signal,
    by,
    ...(untilIdle === true && { lingerMs: 0 }),
    ...(steps !== undefined && { only: ({ step }) => steps.includes(step) }),
  });
  for await (const event of events) {
    const { run, type } = event;
    const before = live.get(run.id);
    if (type === 'attention') continue; // every look brings its troubles
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

/** A run that lives; undefined before its command has begun, and once its end is certain: that is told by its outcome. */
function liveRunIn(dir: string, { run, look, verdict }: Extract<WatchEvent, { type: 'look' }>): LiveRun | undefined {
  const { verdict: kind } = verdict;
  if (kind === 'ended' || kind === 'lost' || kind === 'continue-wrapper') return undefined;
  if (kind === 'waiting' && verdict.state === 'starting') return undefined;
  return { view: viewOfLook(dir, run, look, verdict), troubles: troublesOf(look.observation, run.policy) };
}
