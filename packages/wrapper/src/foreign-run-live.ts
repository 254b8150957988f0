import { identify, isAlive, startedAtMs } from '@pm/process';
import { decodePid, decodeStatus, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { isSameFile, presentIn, readRecord } from '@pm/protocol/fs';

/** A file and a process are dated by two clocks, which may differ by a second. */
const CLOCK_SLACK_MS = 1_000;

/**
 * True if a foreign writer's run of the step goes on: its `.pid` is not our own run's, no `.status` was written since, and the process
 * is alive and started no later than the `.pid` was written. A process that started later only has the same pid.
 * Asked when no run of ours is in the way.
 * @param newest our own last run of the step, whose `.pid` it may be
 */
export function isForeignRunLive(dir: string, step: string, newest: RunRecord | undefined): boolean {
  const flat = stepPaths(dir, step);
  const pid = readRecord(flat.pid, decodePid);
  if (pid.kind !== 'present' || (newest !== undefined && isSameFile(flat.pid, runPaths(dir, newest.id).pid)))
    return false;
  const status = readRecord(flat.status, decodeStatus);
  if (status.kind === 'present' && status.atMs >= pid.atMs) return false;
  const identity = identify(presentIn(pid) ?? 0);
  if (identity === undefined || !isAlive(identity)) return false;
  return (startedAtMs(identity) ?? Number.POSITIVE_INFINITY) <= pid.atMs + CLOCK_SLACK_MS;
}
