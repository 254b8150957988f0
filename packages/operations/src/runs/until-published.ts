import { setTimeout as sleep } from 'node:timers/promises';
import { judgeOnce } from '@pm/monitor';
import { isAlive } from '@pm/process';
import { decodeIdentity, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { isSameFile, presentIn, readRecord } from '@pm/protocol/fs';

/** How long to wait. The wrapper needs 2 ms after its exit record to write the flat files; it may be stopped or starved. */
const PATIENCE_MS = 200;

/**
 * Waits until the wrapper of an ended run has written the flat files, so that `pm wait train && cat train.status` is no race.
 * A monitor may not write them while the wrapper is alive: the next run could begin in between, and its reader would see the old SUCCESS.
 */
export async function untilPublished(dir: string, run: RunRecord): Promise<void> {
  const wrapper = presentIn(readRecord(runPaths(dir, run.id).wrapper, decodeIdentity));
  if (run.foreign !== undefined || run.mirror !== undefined || wrapper === undefined) return;
  const own = runPaths(dir, run.id).status;
  const { status } = stepPaths(dir, run.step);
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(1)) {
    if (isSameFile(own, status)) return;
    if (!isAlive(wrapper)) {
      judgeOnce(dir, run, `pm ${process.pid}`); // it was killed before it could: then whoever looks next does it
      return;
    }
  }
}
