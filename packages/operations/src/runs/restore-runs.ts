import { existsSync } from 'node:fs';
import { type FoundRun, restoreDeleted } from '@pm/monitor';
import { directoryPaths, PmError } from '@pm/protocol';
import { quote } from '@pm/protocol/text';

/** True if records that every used directory has are not there: it is new, or somebody has deleted them. */
export function isUnrecorded(dir: string): boolean {
  const { runs, steps } = directoryPaths(dir);
  return !existsSync(runs) || !existsSync(steps);
}

/**
 * Writes the records of live runs anew that somebody has deleted.
 * @returns one sentence for each run that was found, with the call that stops it
 */
export function restoreRuns(dir: string, by: string): string[] {
  return restoreDeleted(dir, by).map(sentenceAbout);
}

/**
 * The same where records that every used directory has are missing. It comes before other runs are adopted: the flat names of a run
 * whose records were deleted look like those of another program.
 */
export function restoreUnrecorded(dir: string, by: string): void {
  if (isUnrecorded(dir)) restoreRuns(dir, by);
}

/**
 * The same before a start: then the step is found to be running.
 * @throws PmError `records-gone` if a live run of the step has its records elsewhere, because the directory was moved
 */
export function restoreBeforeStart(dir: string, step: string): void {
  const moved = restoreDeleted(dir, `pm ${process.pid}`).find((run) => run.step === step && run.found === 'moved');
  if (moved !== undefined)
    throw new PmError(
      'records-gone',
      `${step} is running, and its records were moved from ${dir} to ${moved.movedTo}. Nothing was started.`,
      `To stop it: pm stop ${step} --dir ${quote(moved.movedTo ?? '')}`,
    );
}

function sentenceAbout({ step, pids, found, movedTo }: FoundRun): string {
  switch (found) {
    case 'restored':
      return `${step}: its records were deleted while it ran, and were written anew; to stop it: pm stop ${step}`;
    case 'moved':
      return `${step}: it is live, and its records were moved to ${movedTo}; to stop it: pm stop ${step} --dir ${quote(movedTo ?? '')}`;
    case 'left-over':
      return `${step}: processes of a run without records and without a wrapper are live, and nothing limits them; to stop them: kill ${pids.join(' ')}`;
  }
}
