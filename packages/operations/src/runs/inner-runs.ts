import { presentIn } from '@pm/protocol/fs';
import type { Next, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { newestClaims } from './find-run.ts';
import { stepRefOf } from './next-calls.ts';
import { viewNow } from './run-view.ts';

/** What a job has started by pm itself, and that goes on after the job was ended. */
export interface InnerRuns {
  readonly notes: string[];
  readonly next: Next[];
}

/**
 * The live runs that were started from inside of these ended ones, and from inside of those. A run is a supervised piece of work of its
 * own, so ending the outer one does not end it.
 * @param where the sentinel directory; inner runs in others are not known
 * @param named the directory as the caller named it
 */
export function innerRuns(where: string, ended: readonly RunView[], named: string | undefined, by: string): InnerRuns {
  const outer = new Map(ended.flatMap(({ id, step }) => (id === undefined ? [] : [[id, step] as const])));
  const live: { view: RunView; by: string }[] = [];
  const runs = outer.size === 0 ? [] : newestClaims(where).flatMap(({ run }) => presentIn(run) ?? []);
  // By their ids, which sort by time: an inner run is newer than the outer one.
  for (const run of runs.sort((a, b) => (a.id < b.id ? -1 : 1))) {
    const starter = run.parent === undefined ? undefined : outer.get(run.parent);
    if (starter === undefined || outer.has(run.id)) continue;
    outer.set(run.id, run.step);
    const view = viewNow(where, run, by);
    if (isLive(view)) live.push({ view, by: starter });
  }
  if (live.length === 0) return { notes: [], next: [] };
  const steps = live.map(({ view }) => stepRefOf(view));
  const place = named === undefined ? {} : { dir: named };
  return {
    notes: live.map(({ view, by: starter }) => `${view.step}, which ${starter} started, is still running`),
    next: [{ operation: 'stop', input: { steps, ...place }, why: 'stop what it started, too' }],
  };
}
