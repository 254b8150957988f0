import { existsSync } from 'node:fs';
import { isAlive, isSamePidScope } from '@pm/process';
import { type RunRecord, readerNameOf, runPaths } from '@pm/protocol';
import {
  createRecord,
  markSeen,
  presentIn,
  queuedSteps,
  readOutcome,
  readQueued,
  readRun,
  readRunRecord,
} from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { openIds, runNames } from '../runs/run-names.ts';
import { takeSnapshot, viewNow } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { close, heldSteps } from './holds.ts';
import { stopRun } from './stop-run.ts';
import { unneededOf } from './unneeded.ts';

/** Why these services are stopped. It is on record, and tells them from those that somebody stops by name: do not change it. */
const REASON = 'no run needs it any more';

// Why: contributing/decisions/2026-11-29-services-that-a-run-needs.md
/**
 * Stops the services that were started for the needs of other runs and that no live or queued run needs any more, then what only those
 * needed. Whoever sees a run end calls it; several processes may do so at once, and each of them waits until the services have ended.
 * @param used services that were in use until now. What one of them has left running when it ended by itself is stopped, too
 * @returns the views of the services that were stopped. Of `used`, also those that another process stopped as unneeded
 */
export async function stopUnneeded(dir: string, context: Context, used: readonly RunRecord[] = []): Promise<RunView[]> {
  const stopped = new Map<string, RunView>();
  const note = async ({ id }: RunRecord, stopping: Promise<RunView | undefined>): Promise<void> => {
    const view = await stopping;
    if (view !== undefined) stopped.set(id, view);
  };
  await Promise.all(leftBehind(dir, used).map((run) => note(run, stopIt(dir, run, context))));
  const tried = new Set<string>();
  for (;;) {
    const ours = unneededNow(dir).filter(({ id }) => !tried.has(id));
    // What only these need is unneeded when they have ended.
    const others = used.filter(({ id }) => !stopped.has(id) && isStoppedAsUnneeded(dir, id));
    if (ours.length + others.length === 0) return [...stopped.values()];
    for (const { id } of ours) tried.add(id);
    await Promise.all([
      ...ours.map((run) => note(run, stopUnlessHeld(dir, run, context))),
      ...others.map((run) => note(run, stopIt(dir, run, context))),
    ]);
  }
}

/** The sentence that tells which services were stopped; none if none was. */
export function stoppedNote(views: readonly RunView[]): string[] {
  if (views.length === 0) return [];
  const names = views.map(({ step, state, outcome }) => {
    if (state !== 'ended') return `${step} (which has not ended yet)`;
    return outcome === 'cancelled' ? step : `what ${step} had left running`;
  });
  return [`stopped ${names.join(' and ')}, which no run needs any more`];
}

/** Somebody has asked for this service by itself: it stays when the last run that needs it has ended. */
export function keepService(dir: string, { id, forNeeds }: RunRecord): void {
  if (forNeeds === true) createRecord(runPaths(dir, id).kept, '');
}

/** Services that were started for needs, and have left processes. Whoever asked for such a service by its name has to stop what it left. */
function leftBehind(dir: string, used: readonly RunRecord[]): RunRecord[] {
  return used.filter(({ id, forNeeds, host }) => {
    if (forNeeds !== true || existsSync(runPaths(dir, id).kept) || !isSamePidScope(host)) return false;
    return presentIn(readOutcome(dir, id))?.survivors.some(isAlive) === true;
  });
}

/** True if a process stops, or has stopped, this service as unneeded. The resident monitor is often the first to see a run end. */
function isStoppedAsUnneeded(dir: string, id: string): boolean {
  const ending = presentIn(readRun(dir, id).ending);
  return ending?.cause === 'cancelled' && ending.evidence === REASON;
}

/** Stops the service, or waits for who stops it. The caller's signal does not end that: an interrupted caller leaves no services behind. */
function stopIt(dir: string, run: RunRecord, context: Context): Promise<RunView> {
  return stopRun(dir, run, { reason: REASON }, { ...context, signal: new AbortController().signal });
}

async function stopUnlessHeld(dir: string, run: RunRecord, context: Context): Promise<RunView | undefined> {
  const takeBack = close(dir, run.step);
  if (takeBack === undefined) return undefined;
  try {
    if (!unneededNow(dir).some(({ id }) => id === run.id)) return undefined;
    const view = await stopIt(dir, run, context);
    if (isNoNews(view)) markSeen(dir, readerNameOf(run.owner), [run.id]);
    return view;
  } finally {
    takeBack();
  }
}

/** A service that has ended as it should, and left nothing running, is news to nobody. One that failed meanwhile is. */
function isNoNews({ outcome, survivors = [], doubt }: RunView): boolean {
  return outcome === 'cancelled' && survivors.length === 0 && doubt === undefined;
}

/** The services that could be stopped now. Without any that was started for needs, only the records of live runs are read. */
function unneededNow(dir: string): RunRecord[] {
  const open = openIds(runNames(dir)).flatMap((id) => presentIn(readRunRecord(dir, id)) ?? []);
  if (!open.some(({ forNeeds }) => forNeeds === true)) return [];
  const snapshot = takeSnapshot();
  const by = `pm ${process.pid}`;
  const live = open.filter((run) => isLive(viewNow(dir, run, by, snapshot)));
  const inSet = live.map(({ id, step, needs = [], forNeeds = false }) => {
    const { kept, ending } = runPaths(dir, id);
    // One that is ordered to end is no candidate, but as long as it lives it needs what it needs.
    return { id, step, needs: needs.map((need) => need.step), forNeeds, kept: existsSync(kept) || existsSync(ending) };
  });
  const waiting = queuedSteps(dir).flatMap((step) => presentIn(readQueued(dir, step))?.needs ?? []);
  const found = unneededOf(inSet, new Set(waiting.map(({ step }) => step)), heldSteps(dir));
  return live.filter(({ id }) => found.some((run) => run.id === id));
}
