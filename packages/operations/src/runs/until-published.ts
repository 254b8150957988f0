import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '@pm/process';
import { decodeIdentity, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { isSameFile, presentIn, readRecord } from '@pm/protocol/fs';

/** The wrapper takes 2 ms from its exit record to the flat names; one that is stopped or starved is not waited for. */
const PATIENCE_MS = 200;

/**
 * Waits until the wrapper of an ended run has written the flat names, so that `pm wait train && cat train.status` is no race.
 * A monitor may not write them for a living wrapper: the next run could begin in between, and read yesterday's SUCCESS.
 */
export async function untilPublished(dir: string, run: RunRecord): Promise<void> {
  const wrapper = presentIn(readRecord(runPaths(dir, run.id).wrapper, decodeIdentity));
  if (run.foreign !== undefined || wrapper === undefined) return;
  const own = runPaths(dir, run.id).status;
  const { status } = stepPaths(dir, run.step);
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(1)) {
    if (isSameFile(own, status) || !isAlive(wrapper)) return;
  }
}
