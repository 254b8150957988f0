import { rmSync } from 'node:fs';
import { type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { linkOnce } from '@pm/protocol/fs';
import type { RunSpec } from './run-spec.ts';

/** Links the flat names of a run. It holds the newest claim and the wrapper before it is gone, so nobody else writes these names now. */
export function linkFlatNames({ dir, step }: Pick<RunSpec, 'dir' | 'step'>, run: RunRecord): void {
  const flat = stepPaths(dir, step);
  const own = runPaths(dir, run.id);
  // The status goes first, so that nobody reads the ending of the run before next to the heartbeat of this one.
  // A job may have put a folder in the place of one.
  for (const path of [flat.status, flat.result, flat.pid, flat.heartbeat, flat.log])
    rmSync(path, { force: true, recursive: true });
  linkOnce(own.heartbeat, flat.heartbeat);
  linkOnce(own.log, flat.log);
}
