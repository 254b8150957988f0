import { utimesSync } from 'node:fs';
import { type Decoded, decodePid, decodeStatus, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { createRecord, presentIn, readRecord, statOf } from '@pm/protocol/fs';

/**
 * Some wrappers write `.status` before `.result`: a reader that looks at once finds no result in nearly half of all
 * cases.
 */
const RESULT_GRACE_MS = 500;

// Why: contributing/decisions/2026-11-23-adopted-runs.md
/** What the `.status` says about this run. Undefined while there is none, or while it is that of an earlier run. */
export function readForeignStatus(
  dir: string,
  run: RunRecord,
): { word: 'SUCCESS' | 'FAILED'; atMs: number } | undefined {
  if (run.foreign === undefined) return undefined; // the job of a native run may have written anything by that name
  const kept = readRecord(runPaths(dir, run.id).status, decodeStatus);
  if (kept.kind === 'present') return { word: kept.value, atMs: kept.atMs };
  const reading = readRecord(stepPaths(dir, run.step).status, decodeStatus);
  if (reading.kind !== 'present' || !isOfThisRun(run, reading.atMs)) return undefined;
  // The next run writes its `.pid` first. As that is not there yet, the status that was read before is this run's.
  return readAnnouncement(dir, run) === 'overwritten' ? undefined : { word: reading.value, atMs: reading.atMs };
}

/**
 * What has become of the `.pid` that announced this run. Runs that follow one another overwrite each other's files, and
 * then nobody can read any more how this one ended.
 */
export function readAnnouncement(dir: string, { step, foreign }: RunRecord): 'there' | 'removed' | 'overwritten' {
  const { pid } = stepPaths(dir, step);
  const stat = statOf(pid);
  if (stat === undefined) return 'removed';
  const named = presentIn(readRecord(pid, decodePid)) ?? 0; // 0 stands for one that cannot be read, as in `adopt`
  return stat.mtimeMs === foreign?.pidAtMs && named === foreign.pid ? 'there' : 'overwritten';
}

/**
 * Copies status and result into the run's folder while they can be read: the next run may remove them within
 * milliseconds.
 */
export function saveForeignFiles(dir: string, run: RunRecord): void {
  const own = runPaths(dir, run.id);
  const status = readForeignStatus(dir, run);
  if (status === undefined) return;
  const file = foreignResult(dir, run);
  const result = file === undefined || file === own.result ? undefined : presentIn(readRecord(file, asItIs));
  if (result !== undefined && readAnnouncement(dir, run) !== 'overwritten') createRecord(own.result, result);
  if (createRecord(own.status, `${status.word}\n`)) utimesSync(own.status, status.atMs / 1000, status.atMs / 1000);
}

function asItIs(value: string): Decoded<string> {
  return { kind: 'present', value };
}

/** True once there is a status, and after SUCCESS also the result, or half a second later. */
export function hasForeignEnded(dir: string, run: RunRecord, wallMs: number): boolean {
  const status = readForeignStatus(dir, run);
  if (status === undefined) return false;
  return (
    status.word === 'FAILED' ||
    foreignResult(dir, run) !== undefined ||
    Math.abs(wallMs - status.atMs) > RESULT_GRACE_MS
  );
}

/** The path of this run's `.result`. Undefined if that is empty, or of an earlier run. */
export function foreignResult(dir: string, run: RunRecord): string | undefined {
  const kept = runPaths(dir, run.id).result;
  if (statOf(kept) !== undefined) return kept;
  const { result } = stepPaths(dir, run.step);
  const stat = statOf(result);
  if (stat === undefined || stat.size === 0 || !isOfThisRun(run, stat.mtimeMs)) return undefined;
  return readAnnouncement(dir, run) === 'overwritten' ? undefined : result;
}

/** False for files that were last written before this run's `.pid`: they are of an earlier run. */
function isOfThisRun({ foreign }: RunRecord, mtimeMs: number): boolean {
  return foreign !== undefined && mtimeMs >= foreign.pidAtMs;
}
