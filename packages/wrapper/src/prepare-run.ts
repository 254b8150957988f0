import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { bootClockMs, createCgroup, oomCountHere, removeCgroup, thisPidScope } from '@pm/process';
import { encodeDeadline, encodeJson, encodeLease, newRunId, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readRunRecord, reserveRoom } from '@pm/protocol/fs';
import type { RunSpec } from './run-spec.ts';

/**
 * Writes everything that the wrapper needs before it starts. If one of the files cannot be written, none is left.
 * Several processes may prepare the run of a turn at once: whoever starts it, and whoever stops it. Each makes a folder of its own, and
 * one of them gets the name by rename(2), so none removes what another one has written.
 */
export function prepare(spec: RunSpec): RunRecord {
  const { dir, step, policy, split, turn } = spec;
  const now = Date.now();
  const id = turn?.id ?? newRunId(now, randomBytes());
  const known = turn && presentIn(readRunRecord(dir, id)); // of a process that died before it claimed the step
  if (known !== undefined) return known;
  const paths = runPaths(dir, turn === undefined ? id : `.${id}.${newRunId(now, randomBytes())}`);
  mkdirSync(paths.folder, { mode: 0o700 });
  const cgroup = spec.unconfined === true ? undefined : createCgroup(`pm-${id}`);
  const oom = oomCountHere();
  const run: RunRecord = {
    v: 1,
    id,
    step,
    argv: [...spec.argv],
    cwd: spec.cwd,
    createdAt: now,
    host: { name: hostname(), ...thisPidScope(), uptimeMs: Math.round(uptime() * 1000) },
    policy,
    owner: spec.owner,
    ...(spec.parent !== undefined && { parent: spec.parent }),
    ...(split === true && { split }),
    ...(spec.port !== undefined && { port: spec.port }),
    ...(spec.stdin !== undefined && { stdin: spec.stdin }),
    ...(spec.ready !== undefined && { ready: spec.ready }),
    ...(spec.readyTimeoutMs !== undefined && { readyTimeoutMs: spec.readyTimeoutMs }),
    ...(spec.needs !== undefined && { needs: spec.needs }),
    ...(spec.forNeeds === true && { forNeeds: true }),
    ...(spec.lease !== undefined && { lease: leaseOf(spec.lease) }),
    ...(turn !== undefined && { queue: turn.queue }),
    ...(turn?.batch !== undefined && { batch: turn.batch }),
    ...(cgroup !== undefined && { cgroup }),
    ...(oom !== undefined && { oom: { ...oom } }),
  };
  const put = (path: string, text: string): void => writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  try {
    put(paths.deadline, encodeDeadline(policy.timeoutMs));
    if (run.lease !== undefined) put(paths.lease, encodeLease(run.lease));
    put(paths.heartbeat, '0\n');
    reserveRoom(paths.reserve);
    put(paths.log, '');
    if (split === true) put(paths.errors, '');
    put(paths.run, encodeJson(run));
  } catch (error) {
    removeRun(paths.folder, run); // the disk may be full
    throw error;
  }
  return turn === undefined ? run : published(dir, run, paths.folder);
}

/** @throws PmError `not-supported` where the wrapper has no clock by which it could end the run */
function leaseOf({ untilMs }: { readonly untilMs: number }): NonNullable<RunRecord['lease']> {
  if (process.platform === 'linux' && !existsSync('/proc/uptime'))
    throw new PmError(
      'not-supported',
      'A run under a lease needs /proc/uptime, which is not there.',
      'Mount /proc. Nothing was started.',
    );
  // Within what the wrapper can read. A lease that is over already may be any number.
  const readable = (ms: number): number => Math.min(Math.max(Math.round(ms), 1_000), 999_999_999_999);
  return { untilMs: readable(untilMs), atMs: readable(bootClockMs()) };
}

/** Gives a prepared folder the name of its run. If another process was faster, its run counts. */
function published(dir: string, run: RunRecord, folder: string): RunRecord {
  try {
    renameSync(folder, runPaths(dir, run.id).folder);
    return run;
  } catch {
    const known = presentIn(readRunRecord(dir, run.id));
    if (known !== undefined) {
      removeRun(folder, run); // createCgroup gives a cgroup of this name to one process alone
      return known;
    }
    // Not whole, so no process of this kind has made it.
    rmSync(runPaths(dir, run.id).folder, { recursive: true, force: true });
    renameSync(folder, runPaths(dir, run.id).folder);
    return run;
  }
}

function removeRun(folder: string, { cgroup }: RunRecord): void {
  rmSync(folder, { recursive: true, force: true });
  if (cgroup !== undefined) removeCgroup(cgroup);
}

/** Removes what `prepare` has made, but not of a turn: another process may be using that folder. */
export function discard({ dir, turn }: RunSpec, run: RunRecord): void {
  if (turn === undefined) removeRun(runPaths(dir, run.id).folder, run);
}

/** Ten random bytes from the kernel. Loading node:crypto or Web Crypto for them would cost a start 2 ms. */
function randomBytes(): Uint8Array {
  const bytes = new Uint8Array(10);
  const fd = openSync('/dev/urandom', 'r');
  try {
    readSync(fd, bytes);
  } finally {
    closeSync(fd);
  }
  return bytes;
}
