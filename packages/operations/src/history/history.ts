import { lstatSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { directoryPaths, isStepName, type Outcome } from '@pm/protocol';
import { presentIn, readOutcome, readRunRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { claimsOf } from '../runs/find-run.ts';
import { runNames } from '../runs/run-names.ts';
import { invalidStepName } from '../shape/step-name.ts';

/** How many runs of a step its history has at most, and the timeline of all steps. */
const MOST_OF_STEP = 200;
const MOST_IN_TIMELINE = 5_000;
/** Of so many of the newest runs of each directory the records are read. */
const MOST_READ = 5_000;
/** How many runs are looked at without a pause. */
const AT_ONCE = 100;

/** One run of the past, or one that is live. Instants are UTC epoch ms. */
export interface PastRun {
  readonly dir: string;
  readonly step: string;
  readonly id: string;
  readonly startedAt: number;
  /** Absent while it is live. */
  readonly endedAt?: number;
  readonly outcome?: Outcome;
  readonly elapsedMs?: number;
}

/** Runs of the past, the newest first, and how many there are. */
export interface PastRuns {
  readonly runs: readonly PastRun[];
  readonly total: number;
}

/** The kept runs of a step, the newest first, at most 200. @throws PmError `usage` for an invalid name */
export function historyOf(dir: string, step: string): PastRuns {
  if (!isStepName(step)) throw invalidStepName(step);
  const runs: PastRun[] = [];
  let total = 0;
  for (const { run } of claimsOf(dir, step)) {
    total += 1;
    const record = runs.length < MOST_OF_STEP ? presentIn(run) : undefined;
    if (record !== undefined) runs.push(pastRun(dir, record.id, step, record.createdAt));
  }
  return { runs, total };
}

/**
 * The runs of all directories of the user that were live at some time since an instant, the newest first, at most 5 000.
 * @param sinceMs UTC epoch ms
 */
export async function timelineOf(sinceMs: number, context: Pick<Context, 'cwd' | 'env'>): Promise<PastRuns> {
  const { dirs } = everyDirectory(locateDirectory(undefined, context), context.env);
  const found: PastRun[] = [];
  for (const dir of dirs) for await (const run of runsSince(dir, sinceMs)) found.push(run);
  found.sort((a, b) => b.startedAt - a.startedAt);
  return { runs: found.slice(0, MOST_IN_TIMELINE), total: found.length };
}

/** Which runs have ended since is told by the times of their names in `ended/`: no record of an older one is read. */
async function* runsSince(dir: string, sinceMs: number): AsyncGenerator<PastRun> {
  const { ids, ended } = runNames(dir);
  const isSince = (id: string): boolean => {
    if (!ended.has(id)) return true;
    return (lstatSync(`${directoryPaths(dir).ended}/${id}`, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs;
  };
  for (const [index, id] of ids.slice(0, MOST_READ).entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await nextTurn(); // a server has other callers
    const run = isSince(id) ? presentIn(readRunRecord(dir, id)) : undefined;
    if (run !== undefined) yield pastRun(dir, id, run.step, run.createdAt);
  }
}

function pastRun(dir: string, id: string, step: string, createdAt: number): PastRun {
  const outcome = presentIn(readOutcome(dir, id));
  if (outcome === undefined) return { dir, step, id, startedAt: createdAt };
  const { startedAt, endedAt, elapsedMs, outcome: word } = outcome;
  return { dir, step, id, startedAt, endedAt, elapsedMs, outcome: word };
}
