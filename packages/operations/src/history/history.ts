import { lstatSync } from 'node:fs';
import { directoryPaths, type Outcome } from '@pm/protocol';
import { presentIn, readOutcome, readRunRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { claimsOf } from '../runs/find-run.ts';
import { runNames } from '../runs/run-names.ts';

/** How many runs of a step its history has at most, and the timeline of all steps. */
const MOST_OF_STEP = 200;
const MOST_IN_TIMELINE = 5_000;
/** Of so many of the newest runs of each directory the records are read. */
const MOST_READ = 5_000;

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

/** The kept runs of a step, the newest first, at most 200. */
export function historyOf(dir: string, step: string): PastRuns {
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
export function timelineOf(sinceMs: number, context: Pick<Context, 'cwd' | 'env'>): PastRuns {
  const { dirs } = everyDirectory(locateDirectory(undefined, context), context.env);
  const found = dirs.flatMap((dir) => runsSince(dir, sinceMs)).sort((a, b) => b.startedAt - a.startedAt);
  return { runs: found.slice(0, MOST_IN_TIMELINE), total: found.length };
}

/** Which runs have ended since is told by the times of their names in `ended/`: no record of an older one is read. */
function runsSince(dir: string, sinceMs: number): PastRun[] {
  const { ids, ended } = runNames(dir);
  const isSince = (id: string): boolean => {
    if (!ended.has(id)) return true;
    return (lstatSync(`${directoryPaths(dir).ended}/${id}`, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs;
  };
  return ids
    .slice(0, MOST_READ)
    .filter(isSince)
    .flatMap((id) => {
      const run = presentIn(readRunRecord(dir, id));
      return run === undefined ? [] : [pastRun(dir, id, run.step, run.createdAt)];
    });
}

function pastRun(dir: string, id: string, step: string, createdAt: number): PastRun {
  const outcome = presentIn(readOutcome(dir, id));
  if (outcome === undefined) return { dir, step, id, startedAt: createdAt };
  const { startedAt, endedAt, elapsedMs, outcome: word } = outcome;
  return { dir, step, id, startedAt, endedAt, elapsedMs, outcome: word };
}
