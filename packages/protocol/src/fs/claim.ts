import { rmSync } from 'node:fs';
import { directoryPaths } from '../paths.ts';
import type { RunRecord } from '../records/run.ts';
import { isStepName } from '../step.ts';
import { makeFolder } from './directory.ts';
import { isOwnFolder, namesIn } from './entries.ts';
import type { Reading } from './read-record.ts';
import { readRunFile } from './read-run.ts';
import { linkOnce } from './write-record.ts';

/** The n-th run of a step: a hard link to that run's `run` record. The newest run is the highest claim. */
export interface Claim {
  readonly n: number;
  readonly run: Reading<RunRecord>;
}

/** The names of every step that was ever claimed here. */
export function claimedSteps(dir: string): string[] {
  return namesIn(directoryPaths(dir).steps).filter(isStepName);
}

/** The numbers of a step's claims, newest first. */
export function claimNumbers(dir: string, step: string): number[] {
  return namesIn(`${directoryPaths(dir).steps}/${step}`)
    .filter((name) => /^[1-9]\d{0,11}$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

/** The claim `back` runs before the newest, or undefined. */
export function readClaim(dir: string, step: string, back = 0): Claim | undefined {
  const n = claimNumbers(dir, step)[back];
  return n === undefined ? undefined : readNumberedClaim(dir, step, n);
}

/** The n-th claim of a step. */
export function readNumberedClaim(dir: string, step: string, n: number): Claim {
  return { n, run: readRunFile(`${directoryPaths(dir).steps}/${step}/${n}`) };
}

/** Removes the claim of a removed run, unless it is the step's newest: racing starters derive the next number from that one. */
export function removeClaim(dir: string, step: string, n: number): void {
  const { steps } = directoryPaths(dir);
  if (!isOwnFolder(steps) || !isOwnFolder(`${steps}/${step}`)) return;
  if (n < (claimNumbers(dir, step)[0] ?? 0)) rmSync(`${steps}/${step}/${n}`, { force: true });
}

/**
 * Makes the run whose record is `runFile` the n-th of its step. A claim is created and never taken over: locks that are unlinked and
 * taken again had two holders in 5 of 40 rounds of racing starters, numbered links in none.
 * @returns false if another starter was first
 */
export function claim(dir: string, step: string, n: number, runFile: string): boolean {
  const folder = `${directoryPaths(dir).steps}/${step}`;
  try {
    return linkOnce(runFile, `${folder}/${n}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    makeFolder(folder); // the step's first run
    return linkOnce(runFile, `${folder}/${n}`);
  }
}
