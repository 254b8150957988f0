import { lstatSync, type Stats, utimesSync } from 'node:fs';
import {
  type Decoded,
  decodePid,
  decodeSaidStatus,
  type RunRecord,
  runPaths,
  type SaidStatus,
  stepPaths,
} from '@pm/protocol';
import { createRecord, presentIn, readRecord, statOf } from '@pm/protocol/fs';

/**
 * Some wrappers write `.status` before `.result`: a reader that looks at once finds no result in nearly half of all
 * cases.
 */
const RESULT_GRACE_MS = 500;

/** What the `.status` of a foreign run says, and when it was written, epoch ms. */
export type ForeignStatus =
  | ({ readonly kind: 'says'; readonly atMs: number } & SaidStatus)
  /** It is there, and nobody can say what it means. `why`: one sentence that quotes it. */
  | { readonly kind: 'unknown'; readonly atMs: number; readonly why: string };

// Why: contributing/decisions/2026-11-23-adopted-runs.md
// Why: contributing/decisions/2026-11-29-what-foreign-writers-may-write.md
/** What the `.status` says about this run. Undefined while there is none, or while it is that of an earlier run. */
export function readForeignStatus(dir: string, run: RunRecord): ForeignStatus | undefined {
  const kept = readRecord(runPaths(dir, run.id).status, decodeSaidStatus);
  if (kept.kind === 'present') return { kind: 'says', ...kept.value, atMs: kept.atMs };
  const { status } = stepPaths(dir, run.step);
  const reading = readRecord(status, decodeSaidStatus);
  if (reading.kind === 'absent' || (reading.kind === 'malformed' && reading.why.startsWith('empty'))) return undefined;
  const atMs = reading.kind === 'present' ? reading.atMs : (lstatOf(status)?.mtimeMs ?? 0);
  // The next run writes its `.pid` first. As that is not there yet, the status that was read before is this run's.
  if (!isOfThisRun(run, atMs) || readAnnouncement(dir, run) === 'overwritten') return undefined;
  if (reading.kind === 'present') return { kind: 'says', ...reading.value, atMs };
  return { kind: 'unknown', atMs, why: sentence('.status', reading.kind === 'malformed' ? reading.why : 'newer') };
}

/** What a person should know about the flat files of a live run: a `.pid` or a `.status` that nobody can read. */
export function remarkOnFlatFiles(dir: string, run: RunRecord): string | undefined {
  const status = readForeignStatus(dir, run);
  if (status?.kind === 'unknown') return status.why;
  const pid = readRecord(stepPaths(dir, run.step).pid, decodePid);
  return pid.kind === 'malformed' ? sentence('.pid', pid.why) : undefined;
}

/** A text is quoted by its decoder. Anything else is a fault of the file. */
function sentence(name: string, why: string): string {
  return why.startsWith('"') ? `its own ${name} says ${why}` : `its own ${name} cannot be read: ${why}`;
}

/**
 * True if `.status` may be written: nothing is there, it is empty, or it is that of an earlier run. Anything else was
 * written by somebody who meant it, and stays.
 */
export function mayWriteStatus(dir: string, run: RunRecord): boolean {
  const stat = lstatOf(stepPaths(dir, run.step).status);
  return stat === undefined || (stat.isFile() && (stat.size === 0 || !isOfThisRun(run, stat.mtimeMs)));
}

function lstatOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
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
  if (status?.kind !== 'says') return;
  const file = foreignResult(dir, run);
  const result = file === undefined || file === own.result ? undefined : presentIn(readRecord(file, asItIs));
  if (result !== undefined && readAnnouncement(dir, run) !== 'overwritten') createRecord(own.result, result);
  keepStatus(dir, run, status);
}

/** Keeps what the status said in the run's folder, with the time at which it was written. */
export function keepStatus(dir: string, run: RunRecord, { said, atMs }: { said: string; atMs: number }): void {
  const { status } = runPaths(dir, run.id);
  if (createRecord(status, `${said}\n`)) utimesSync(status, atMs / 1000, atMs / 1000);
}

function asItIs(value: string): Decoded<string> {
  return { kind: 'present', value };
}

/** True once there is a status, and after SUCCESS also the result, or half a second later. */
export function hasForeignEnded(dir: string, run: RunRecord, wallMs: number): boolean {
  const status = readForeignStatus(dir, run);
  if (status?.kind !== 'says') return false;
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

/** A run that is known by its status alone: its result was written shortly before that. */
const RESULT_BEFORE_STATUS_MS = 2_000;

/** False for files that were last written before this run's `.pid`: they are of an earlier run. */
function isOfThisRun({ foreign }: RunRecord, mtimeMs: number): boolean {
  if (foreign === undefined) return false;
  return mtimeMs >= foreign.pidAtMs - (foreign.pid === 0 ? RESULT_BEFORE_STATUS_MS : 0);
}
