import { identify, isAlive, startedAtMs } from '@pm/process';
import { decodePid, decodeStatus, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { isSameFile, presentIn, readRecord } from '@pm/protocol/fs';

/** `.pid` and process are dated by two clocks; a second is what they may differ. */
const CLOCK_SLACK_MS = 1_000;

/**
 * True if the step's `.pid` was written by somebody else, in the seed's form, and that run goes on: its process is alive and
 * started no later than the file was written (whoever has the pid now but started later is a stranger: lab finding 16), and
 * no `.status` has been written since. Asked when no run of ours is in the way.
 * @param newest our own last run of the step: the `.pid` may be its
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
