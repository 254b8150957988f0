import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { identify, isAlive, isOfThisUser, startedAtMs, thisPidScope } from '@pm/process';
import {
  DEFAULT_POLICY,
  decodeIdentity,
  decodePid,
  encodeDeadline,
  encodeIdentity,
  encodeJson,
  isStepName,
  newRunId,
  type Policy,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import {
  type Claim,
  claim,
  claimNumbers,
  isSameFile,
  linkOnce,
  openDirectory,
  presentIn,
  readClaim,
  readNumberedClaim,
  readRecord,
  reserveRoom,
  statOf,
} from '@pm/protocol/fs';

/** The time of a `.pid` file and the start of its process come from two clocks, which may differ by this much. */
const CLOCK_SLACK_MS = 1_000;

const MERELY_FOUND: Policy = { ...DEFAULT_POLICY, timeoutMs: null };

/** The steps that have a flat `.pid`, whoever wrote it. */
export function stepsWithPid(dir: string): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => name.endsWith('.pid'))
      .map((name) => name.slice(0, -'.pid'.length))
      .filter(isStepName);
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
 * @returns its record. Undefined if there is nothing to adopt: no `.pid`, one of our own wrapper, or one that was
 *   adopted before
 */
export function adopt(
  dir: string,
  step: string,
  policy?: Policy,
  newest: Claim | undefined = readClaim(dir, step),
): RunRecord | undefined {
  const flat = stepPaths(dir, step);
  if (policy === undefined && !existsSync(flat.heartbeat) && !existsSync(flat.status)) return undefined;
  const pidAtMs = writtenAtMs(flat.pid);
  const reading = readRecord(flat.pid, decodePid);
  if (reading.kind === 'absent' || reading.kind === 'newer') return undefined;
  // The file was replaced meanwhile. One pid with the other's time would be a run that never was, so the next look
  // decides.
  if (writtenAtMs(flat.pid) !== pidAtMs) return undefined;
  const pid = presentIn(reading) ?? 0;
  const isBeingWritten =
    reading.kind === 'malformed' && reading.why === 'empty' && Date.now() - pidAtMs < CLOCK_SLACK_MS;
  if (isBeingWritten) return undefined;
  const known = newest === undefined ? undefined : presentIn(newest.run);
  if (newest !== undefined && known === undefined) return undefined; // an unreadable record: do not guess
  if (known !== undefined && isAnnouncedBy(dir, known, pid, pidAtMs)) return undefined;
  openDirectory(dir);
  return record(dir, step, pid, pidAtMs, (newest?.n ?? 0) + 1, policy ?? MERELY_FOUND);
}

function writtenAtMs(file: string): number {
  return statOf(file)?.mtimeMs ?? 0;
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

function record(
  dir: string,
  step: string,
  pid: number,
  pidAtMs: number,
  n: number,
  policy: Policy,
): RunRecord | undefined {
  // The id is derived from the `.pid`, so that two monitors that adopt at once want the same folder, and mkdir(2) lets
  // one make it.
  const id = newRunId(pidAtMs, announcementBytes(step, pid));
  const own = runPaths(dir, id);
  if (!makeOnce(dir, step, id)) return undefined;
  const run: RunRecord = {
    v: 1,
    id,
    step,
    argv: [`(foreign writer, pid ${pid})`],
    cwd: dir,
    createdAt: Math.round(pidAtMs),
    host: { name: hostname(), ...thisPidScope() },
    policy: { ...policy, liveness: 'beat' },
    owner: { user: String(process.getuid?.() ?? '') },
    foreign: { pid, pidAtMs },
  };
  const put = (path: string, text: string): void => writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  const identity = identityText(pid, pidAtMs);
  try {
    put(own.wrapper, identity);
    put(own.command, identity);
    put(own.deadline, encodeDeadline(run.policy.timeoutMs));
    reserveRoom(own.reserve);
    put(own.run, encodeJson(run));
    if (statOf(stepPaths(dir, step).log)?.isFile()) linkOnce(stepPaths(dir, step).log, own.log);
    return claim(dir, step, n, own.run) ? run : undefined;
  } catch (error) {
    // Another monitor took the folder for abandoned: it has made its own, or removed it.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Longer than it takes to adopt a run, from its folder to its claim. */
const ADOPTING_MS = 5_000;

/**
 * Makes the run's folder. False if there is one: somebody adopts the run right now, or has adopted it. One that was
 * abandoned, by a kill or on a full disk, is removed, and the next look adopts the run.
 */
function makeOnce(dir: string, step: string, id: string): boolean {
  const { folder } = runPaths(dir, id);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    const isClaimed = claimNumbers(dir, step).some((n) => presentIn(readNumberedClaim(dir, step, n).run)?.id === id);
    const atMs = statOf(folder)?.ctimeMs;
    const isLeft = (error as NodeJS.ErrnoException).code === 'EEXIST' && !isClaimed && atMs !== undefined;
    if (isLeft && Math.abs(Date.now() - atMs) > ADOPTING_MS) rmSync(folder, { recursive: true, force: true });
    return false;
  }
}

/** Ten bytes that distinguish the runs of one millisecond: the pid in base 32, and a small hash of the step. */
function announcementBytes(step: string, pid: number): Uint8Array {
  let hash = 0;
  for (const char of step) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 2 ** 20;
  return Uint8Array.from({ length: 10 }, (_, i) => (i < 6 ? pid / 32 ** i : hash / 32 ** (i - 6)) % 32);
}

/**
 * The identity record of the process that a `.pid` names. It must have started before the file was written. A process
 * that has the pid now but started later is another one, which must not be signalled: then the run's own process is
 * gone.
 */
function identityText(pid: number, pidAtMs: number): string {
  if (pid === 0) return 'unreadable\n'; // a malformed record: judged by the heartbeat alone, never signalled; likewise a process of another user
  const identity = identify(pid);
  if (identity === undefined) return encodeIdentity({ pid, startTime: 'gone' });
  const startedAt = startedAtMs(identity);
  if (startedAt === undefined || !isOfThisUser(identity)) return 'unreadable\n';
  return encodeIdentity(startedAt <= pidAtMs + CLOCK_SLACK_MS ? identity : { pid, startTime: 'gone' });
}
