import { statSync, utimesSync, writeFileSync } from 'node:fs';
import { claimNumbers, registerDirectory } from '@pm/protocol/fs';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { registryOf } from '../project/known-directories.ts';
import { stepsIn } from '../runs/find-run.ts';
import { pruneSteps, RETENTION } from './prune-steps.ts';

/** How often a start looks at the age of all runs, not only at how many its own step has. */
const AGES_EVERY_MS = 86_400_000;

/** What every start leaves behind it: the directory is on record for its user, and what nobody needs any more is deleted. */
export async function cleanUp(
  dir: string,
  step: string,
  config: Config | undefined,
  context: Pick<Context, 'env' | 'tty'>,
): Promise<void> {
  const prune = (steps: readonly string[]) => pruneSteps(dir, steps, RETENTION, context, async () => config);
  const registry = registryOf(context.env);
  if (registry !== undefined) registerDirectory(registry, dir);
  if (isDayOver(dir)) await prune(stepsIn(dir));
  else if (claimNumbers(dir, step).length > RETENTION.keep) await prune([step]);
}

/** True once a day: `pruned` is an empty file whose mtime says when all runs were last looked at. */
function isDayOver(dir: string): boolean {
  const file = `${dir}/pruned`;
  const now = Date.now();
  const atMs = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (atMs !== undefined && Math.abs(now - atMs) < AGES_EVERY_MS) return false;
  if (atMs === undefined) writeFileSync(file, '', { flag: 'wx', mode: 0o600 });
  else utimesSync(file, now / 1000, now / 1000);
  return atMs !== undefined; // nothing is a day old in a new directory
}
