import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { thisPidScope } from '@pm/process';
import {
  DEFAULT_POLICY,
  encodeDeadline,
  encodeJson,
  newRunId,
  type Policy,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import { claim, claimNumbers, linkOnce, presentIn, readNumberedClaim, reserveRoom, statOf } from '@pm/protocol/fs';
import { identifyAnnounced } from './foreign-identity.ts';

const MERELY_FOUND: Policy = { ...DEFAULT_POLICY, timeoutMs: null };

/** A run of a foreign writer that has no records yet. */
export interface Adoption {
  /** 0 if no pid can be read. */
  readonly pid: number;
  /** When its `.pid` was written, or its `.status` if it has no `.pid`, epoch ms. */
  readonly pidAtMs: number;
  /** The claim that it gets. */
  readonly n: number;
  /** Undefined if it was found by a mere look: then it has no limit. */
  readonly policy: Policy | undefined;
  /** Whether `.log` is this run's. */
  readonly hasLog: boolean;
}

/**
 * Makes the records of an adopted run, and claims its step for it.
 * @returns undefined if somebody else does so right now, or has done so
 */
export function recordAdoption(dir: string, step: string, adoption: Adoption): RunRecord | undefined {
  const { pid, pidAtMs, n, hasLog } = adoption;
  const policy = adoption.policy ?? MERELY_FOUND;
  // The id is derived from the `.pid`, so that two monitors that adopt at once want the same folder, and mkdir(2) lets
  // one make it.
  const id = newRunId(pidAtMs, announcementBytes(step, pid));
  const own = runPaths(dir, id);
  if (!makeOnce(dir, step, id)) return undefined;
  const announced = identifyAnnounced(pid, pidAtMs);
  const isOfEarlierBoot = announced.isGone && isOlderThanBoot(pidAtMs);
  const run: RunRecord = {
    v: 1,
    id,
    step,
    argv: [pid === 0 ? '(foreign writer, pid unknown)' : `(foreign writer, pid ${pid})`],
    cwd: dir,
    createdAt: Math.round(pidAtMs),
    host: { name: hostname(), ...thisPidScope(), ...(isOfEarlierBoot && { bootId: EARLIER }) },
    policy: { ...policy, liveness: 'beat' },
    owner: { user: String(process.getuid?.() ?? '') },
    foreign: { pid, pidAtMs },
  };
  const put = (path: string, text: string): void => writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  try {
    put(own.wrapper, announced.record);
    put(own.command, announced.record);
    put(own.deadline, encodeDeadline(run.policy.timeoutMs));
    reserveRoom(own.reserve);
    put(own.run, encodeJson(run));
    if (hasLog && statOf(stepPaths(dir, step).log)?.isFile()) linkLog(stepPaths(dir, step).log, own.log);
    return claim(dir, step, n, own.run) ? run : undefined;
  } catch (error) {
    // Another monitor took the folder for abandoned: it has made its own, or removed it.
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** A symbolic link stays one, which no reader follows: on macOS link(2) gives a link to the file behind it, which may be any file of the user. */
function linkLog(flat: string, own: string): void {
  if (lstatSync(flat).isSymbolicLink()) symlinkSync(flat, own);
  else linkOnce(flat, own);
}

/** The boot of a run that is older than this one: it only has to differ. */
const EARLIER = 'earlier';

function isOlderThanBoot(atMs: number): boolean {
  return atMs < Date.now() - uptime() * 1_000 - 1_000;
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
