import { isAlive, isSamePidScope } from '@pm/process';
import { isRunId, type RunRecord } from '@pm/protocol';
import { presentIn, queuedSteps, readOutcome, readRunRecord } from '@pm/protocol/fs';
import { withCount } from '@pm/protocol/text';
import type { Context } from '../project/context.ts';
import { findQueued, whyQueuedUnreadable, whyUnreadable } from '../runs/find-run.ts';
import { pendingRuns } from '../runs/pending-runs.ts';
import { runNames } from '../runs/run-names.ts';
import { takeSnapshot, viewNow } from '../runs/run-view.ts';
import type { Next, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';

/** What of a directory still runs, or will. */
export interface WhatIsLeft {
  /** The steps whose run waits for its turn. */
  readonly queued: readonly string[];
  /** Live runs, and ended ones of which a process is still alive. */
  readonly runs: readonly RunRecord[];
  /** One sentence for each run that cannot be read. Such a run may be live. */
  readonly malformed: readonly string[];
  /** The ids of the runs whose ending the caller has still to be told, the newest first. */
  readonly unseen: readonly string[];
}

/** Everything in a directory that lives or waits. One look at each run that is not known to have ended. */
export function whatIsLeft(dir: string, context: Context, by: string): WhatIsLeft {
  const queued = queuedSteps(dir);
  const { open, unseen } = pendingRuns(dir, context);
  const snapshot = takeSnapshot();
  const malformed = queued.flatMap((step) => whyQueuedUnreadable(dir, step) ?? []);
  const runs: RunRecord[] = [];
  for (const claim of open) {
    const run = presentIn(claim.run);
    const why = whyUnreadable(claim);
    if (why !== undefined) malformed.push(why);
    if (run === undefined) continue;
    const { state, evidence, survivors = [] } = viewNow(dir, run, by, snapshot);
    if (state === 'malformed') malformed.push(`${run.step}: ${evidence}`);
    else if (isLive({ state }) || (isSamePidScope(run.host) && survivors.some(isAlive))) runs.push(run);
  }
  return {
    queued: queued.filter((step) => findQueued(dir, step) !== undefined),
    runs: [...runs, ...outlived(dir)],
    malformed: [...new Set(malformed)],
    unseen,
  };
}

/** The ended runs of which a process is still alive. */
function outlived(dir: string): RunRecord[] {
  const { ids, ended } = runNames(dir);
  return ids.flatMap((id) => {
    const survivors = ended.has(id) ? presentIn(readOutcome(dir, id))?.survivors : undefined;
    if (survivors === undefined || survivors.length === 0) return [];
    const run = presentIn(readRunRecord(dir, id));
    return run !== undefined && isSamePidScope(run.host) && survivors.some(isAlive) ? [run] : [];
  });
}

/** The run from inside of which this call is made, and those around it: their ids. */
export function idsAround(dir: string, env: Context['env']): ReadonlySet<string> {
  const around = new Set<string>();
  let id = env['PM_RUN_ID'];
  while (id !== undefined && isRunId(id) && !around.has(id)) {
    around.add(id);
    id = presentIn(readRunRecord(dir, id))?.parent;
  }
  return around;
}

/** How many of the newest endings that the caller was not told are looked at. */
const MOST_UNSEEN = 20;

/** A server that died while it was tested is news, and only its death explains what the test said. */
export function tellFailed(where: string, unseen: readonly string[], place: object): Next[] {
  const failed = unseen.slice(0, MOST_UNSEEN).flatMap((id) => {
    const run = presentIn(readRunRecord(where, id));
    return run !== undefined && failedByItself(presentIn(readOutcome(where, id))?.outcome) ? [run.step] : [];
  });
  if (failed.length === 0) return [];
  const why = `see why ${withCount([...new Set(failed)], 4)} ended before`;
  return [{ operation: 'recover', input: { ...place }, why }];
}

/** It ended in another way than by success, and nobody asked for its end. */
export function failedByItself(outcome: RunView['outcome']): boolean {
  return outcome !== undefined && outcome !== 'success' && outcome !== 'cancelled';
}
