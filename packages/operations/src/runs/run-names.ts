import { lstatSync, type Stats } from 'node:fs';
import { announcedSteps } from '@pm/monitor';
import { directoryPaths, isRunId, runPaths, stepPaths } from '@pm/protocol';
import { claimedSteps, claimNumbers, namesIn, readNumberedClaim, readRunRecord, statOf } from '@pm/protocol/fs';
import { adoptIfPossible, isKept, type KeptClaim } from './find-run.ts';

/**
 * What the names in a directory tell about its runs. No record is read for it, so that 10 000 runs cost milliseconds: a run id sorts by the
 * time of its start, and a name in `ended/` says that the end of that run was announced.
 */
export interface RunNames {
  /** Every run on record, the newest first. */
  readonly ids: readonly string[];
  /** The runs whose end was announced. */
  readonly ended: ReadonlySet<string>;
}

/** Reads the names of a directory. */
export function runNames(dir: string): RunNames {
  const { runs, ended } = directoryPaths(dir);
  return { ids: namesIn(runs).filter(isRunId).sort().reverse(), ended: new Set(namesIn(ended)) };
}

/** The runs whose end was not announced, the newest first: those that may be live. */
export function openIds({ ids, ended }: RunNames): string[] {
  return ids.filter((id) => !ended.has(id));
}

/** In a directory with more steps than this, only unknown steps are looked at for a new run of another program. */
const MOST_CLAIMED_LOOKED_AT = 2_000;

/**
 * Adopts the runs that other programs have begun since the last look. A flat `.pid` of ours is a hard link, and those of other programs are
 * not, so one stat(2) for each step is enough to pass over ours.
 * @returns every step that has or had a run in this directory
 */
export function adoptForeignRuns(dir: string): string[] {
  const steps = announcedSteps(dir);
  const claimed = new Set(claimedSteps(dir));
  for (const step of steps) {
    if (claimed.has(step)) {
      if (steps.length > MOST_CLAIMED_LOOKED_AT) continue;
      if ((statOf(stepPaths(dir, step).pid)?.nlink ?? 0) > 1) continue;
    }
    adoptIfPossible(dir, step);
  }
  return [...claimed, ...steps.filter((step) => !claimed.has(step))];
}

/** True if a step has a run that was not pruned. No record is read, except if the newest run has no folder. */
export function hasKeptRun(dir: string, step: string): boolean {
  const [newest, ...older] = claimNumbers(dir, step);
  if (newest === undefined) return false;
  const isLinked = (n: number): boolean =>
    (lstatSync(`${directoryPaths(dir).steps}/${step}/${n}`, { throwIfNoEntry: false })?.nlink ?? 0) > 1;
  return isLinked(newest) || isKept(dir, readNumberedClaim(dir, step, newest), true) || older.some(isLinked);
}

/**
 * The claim of a run, with the number of newer kept runs of its step. The claim is found by its inode: no other record is read.
 * @returns undefined if the run was deleted, or has no claim: then it never began
 */
export function claimOf(dir: string, id: string): KeptClaim | undefined {
  const run = readRunRecord(dir, id);
  if (run.kind === 'absent') return undefined;
  const own = statOf(runPaths(dir, id).run);
  if (own === undefined) return undefined;
  // A record that cannot be read does not say whose it is, so every step is searched.
  for (const step of run.kind === 'present' ? [run.value.step] : claimedSteps(dir)) {
    const found = claimIn(dir, step, own);
    if (found !== undefined) return { ...found, run, step };
  }
  return undefined;
}

/** The claim of a step that is this file. */
function claimIn(dir: string, step: string, own: Stats): Pick<KeptClaim, 'n' | 'back'> | undefined {
  let back = 0;
  for (const [i, n] of claimNumbers(dir, step).entries()) {
    const stat = lstatSync(`${directoryPaths(dir).steps}/${step}/${n}`, { throwIfNoEntry: false });
    if (stat?.ino === own.ino && stat.dev === own.dev) return { n, back };
    // A claim without another link is that of a deleted run. Of the newest, more has to be known.
    const counts = i === 0 ? isKept(dir, readNumberedClaim(dir, step, n), true) : (stat?.nlink ?? 0) > 1;
    if (counts) back += 1;
  }
  return undefined;
}
