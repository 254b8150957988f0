import { existsSync, readdirSync } from 'node:fs';
import { isAlive } from '@pm/process';
import {
  type Decoded,
  decodeIdentity,
  decodePid,
  decodeSaidStatus,
  isStepName,
  type Policy,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import {
  type Claim,
  isSameFile,
  openDirectory,
  presentIn,
  type Reading,
  readClaim,
  readRecord,
  statOf,
} from '@pm/protocol/fs';
import { keepStatus, saveForeignFiles } from './foreign-files.ts';
import { CLOCK_SLACK_MS } from './foreign-identity.ts';
import { recordAdoption } from './record-adoption.ts';

/** The steps that have a flat `.pid` or `.status`, whoever wrote it. */
export function announcedSteps(dir: string): string[] {
  try {
    const names = readdirSync(dir).flatMap((name) => /^(.+)\.(?:pid|status)$/.exec(name)?.[1] ?? []);
    return [...new Set(names)].filter(isStepName);
  } catch {
    return [];
  }
}

// Why: contributing/decisions/2026-11-23-adopted-runs.md
/**
 * Makes records for a run that another program started, so that it is listed, waited for and judged like any other.
 * That program keeps only flat files: `.pid`, `.heartbeat`, `.status` and `.result`. They are read and never changed.
 * @param policy how to judge the run, given by whoever asked for it by name; its liveness is always its heartbeat.
 *   Without one nobody has asked, and listing a run must not end it: then a `.pid` alone is not a run, as a daemon may
 *   have left it, and a run with a heartbeat or a status has no limit
 * @param newest the step's newest claim, if the caller has read it
 * @throws the error of a full disk; the run can be adopted once there is room
 * @returns its record. Undefined if there is nothing to adopt: there is neither a `.pid` nor a status, or they belong
 *   to a run of ours or to one that was adopted before
 */
export function adopt(
  dir: string,
  step: string,
  policy?: Policy,
  newest: Claim | undefined = readClaim(dir, step),
): RunRecord | undefined {
  const flat = stepPaths(dir, step);
  const known = newest === undefined ? undefined : presentIn(newest.run);
  if (newest !== undefined && known === undefined) return undefined; // an unreadable record: do not guess
  const stat = statOf(flat.pid);
  // A FIFO or a folder names no process. A job may have put it in the place of its own `.pid`.
  if (stat?.isFile() !== true) return adoptEnded(dir, step, newest, policy);
  if (policy === undefined && !existsSync(flat.heartbeat) && !existsSync(flat.status)) return undefined;
  const { pidAtMs, reading } = readWhenWritten(flat.pid, stat.mtimeMs, policy !== undefined);
  if (reading === undefined || reading.kind === 'absent' || reading.kind === 'newer') return undefined;
  const pid = presentIn(reading) ?? 0;
  if (known !== undefined && isAnnouncedBy(dir, known, pid, pidAtMs)) return undefined;
  // The status of the run before may still be there. Nobody has read it yet, and it is told as that run's.
  const before = adoptEnded(dir, step, newest, policy, pidAtMs);
  openDirectory(dir);
  const n = (newest?.n ?? 0) + (before === undefined ? 1 : 2);
  return recordAdoption(dir, step, { pid, pidAtMs, n, policy, hasLog: true });
}

/** Longer than a writer takes from the first half of a pid to the second. Most write it at once. */
const WRITTEN_MS = 100;

/**
 * The `.pid` once it is whole: the first half of a pid is another pid. An empty one is being written for a second. One
 * without an end of its line is read again when it has stood for a tenth of a second.
 * @param mayPause whether the caller waits for that
 * @returns no reading if a later look has to decide
 */
function readWhenWritten(
  file: string,
  atMs: number,
  mayPause: boolean,
): { readonly pidAtMs: number; readonly reading: Reading<number> | undefined } {
  let isWhole = false;
  const reading = readRecord(file, (text): Decoded<number> => {
    isWhole = /\s$/.test(text);
    return decodePid(text);
  });
  const ageMs = Math.abs(Date.now() - atMs);
  const undecided = { pidAtMs: atMs, reading: undefined };
  // The file was replaced meanwhile. One pid with the other's time would be a run that never was.
  if (statOf(file)?.mtimeMs !== atMs) return undecided;
  const isEmpty = reading.kind === 'malformed' && reading.why === 'empty';
  if (isEmpty) return ageMs < CLOCK_SLACK_MS ? undecided : { pidAtMs: atMs, reading };
  if (isWhole || ageMs >= WRITTEN_MS || reading.kind === 'absent') return { pidAtMs: atMs, reading };
  if (!mayPause) return undecided;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WRITTEN_MS);
  const stat = statOf(file);
  return stat === undefined ? undecided : { pidAtMs: stat.mtimeMs, reading: readRecord(file, decodePid) };
}

/** True if the `.pid` is that of a known run: adopted from it, or written by its wrapper. */
function isAnnouncedBy(dir: string, run: RunRecord, pid: number, pidAtMs: number): boolean {
  if (run.foreign !== undefined) return run.foreign.pid === pid && run.foreign.pidAtMs === pidAtMs;
  const own = runPaths(dir, run.id);
  // The same file, whatever was written into it since. And a step is live until its wrapper is gone.
  if (isSameFile(own.pid, stepPaths(dir, run.step).pid) || isRunning(own.wrapper)) return true;
  const command = readRecord(own.command, decodeIdentity);
  return presentIn(command)?.pid === pid || command.kind !== 'present';
}

function isRunning(identityFile: string): boolean {
  const identity = presentIn(readRecord(identityFile, decodeIdentity));
  return identity !== undefined && isAlive(identity);
}

// Why: contributing/decisions/2026-11-29-what-foreign-writers-may-write.md
/**
 * Adopts a run that nobody has watched, by its `.status` alone: its writer has removed its `.pid`, or its next run has
 * written another one.
 * @param beforeMs the `.pid` of the next run was written at this time
 */
function adoptEnded(
  dir: string,
  step: string,
  newest: Claim | undefined,
  policy: Policy | undefined,
  beforeMs = Number.POSITIVE_INFINITY,
): RunRecord | undefined {
  const { status, heartbeat } = stepPaths(dir, step);
  const reading = readRecord(status, decodeSaidStatus);
  if (reading.kind === 'absent') return undefined;
  // A word that says nothing is only that of a run if there is another trace of one.
  if (reading.kind !== 'present' && (beforeMs !== Number.POSITIVE_INFINITY || !existsSync(heartbeat))) return undefined;
  const atMs = statOf(status)?.mtimeMs;
  if (atMs === undefined || atMs >= beforeMs) return undefined;
  const known = newest === undefined ? undefined : presentIn(newest.run);
  if (known !== undefined && isStatusOf(dir, known, atMs)) return undefined;
  openDirectory(dir);
  const hasLog = beforeMs === Number.POSITIVE_INFINITY;
  const run = recordAdoption(dir, step, { pid: 0, pidAtMs: atMs, n: (newest?.n ?? 0) + 1, policy, hasLog });
  if (run === undefined) return undefined;
  if (hasLog) saveForeignFiles(dir, run);
  else if (reading.kind === 'present') keepStatus(dir, run, { said: reading.value.said, atMs });
  return run;
}

/** True unless the status was certainly written after this run. */
function isStatusOf(dir: string, run: RunRecord, atMs: number): boolean {
  const own = runPaths(dir, run.id);
  if (isSameFile(own.status, stepPaths(dir, run.step).status)) return true;
  if (run.foreign === undefined) {
    const endedAtMs = statOf(own.ended)?.mtimeMs;
    return endedAtMs === undefined || isRunning(own.wrapper) || atMs <= endedAtMs + CLOCK_SLACK_MS;
  }
  if (atMs < run.foreign.pidAtMs) return true; // older: it was seen when this run was adopted
  const readAtMs = statOf(own.status)?.mtimeMs;
  if (readAtMs !== undefined) return Math.abs(readAtMs - atMs) < 1;
  const concludedAtMs = statOf(own.outcome)?.mtimeMs;
  return concludedAtMs === undefined || atMs <= concludedAtMs + CLOCK_SLACK_MS;
}
