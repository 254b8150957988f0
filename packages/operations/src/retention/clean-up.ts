import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { claimNumbers } from '@pm/protocol/fs';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { stepsIn } from '../runs/find-run.ts';
import { pruneRuns, RETENTION } from './prune-runs.ts';

/** How often a start looks at the age of all runs, and not only at the number of runs of its own step. */
const AGES_EVERY_MS = 86_400_000;

/** Does the work after a start: deletes the runs that are not kept. */
export async function cleanUp(
  dir: string,
  step: string,
  config: Config | undefined,
  context: Pick<Context, 'env' | 'tty'>,
): Promise<void> {
  const prune = (steps: readonly string[]) => pruneRuns(dir, steps, RETENTION, context, async () => config);
  if (isDayOver(dir)) await prune(stepsIn(dir));
  else if (claimNumbers(dir, step).length > RETENTION.keep) await prune([step]);
}

/** True once a day: the mtime of the empty file `pruned` says when all runs were last looked at. */
function isDayOver(dir: string): boolean {
  const file = `${dir}/pruned`;
  const now = Date.now();
  const atMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (atMs !== undefined && Math.abs(now - atMs) < AGES_EVERY_MS) return false;
  if (atMs === undefined) writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
  else utimesSync(file, now / 1000, now / 1000);
  return atMs !== undefined; // a new directory has no old runs
}
