import { closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { bootClockMs, createCgroup, oomCountHere, removeCgroup, thisPidScope } from '@pm/process';
import {
  encodeDeadline,
  encodeJson,
  encodeLease,
  newRunId,
  PmError,
  type Policy,
  type RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import { claim, linkOnce, openDirectory, presentIn, readClaim, readRunRecord, reserveRoom } from '@pm/protocol/fs';
import { type AlreadyRunning, readStepState, type StepState } from './step-state.ts';
import { hasTurnBegun } from './turn-gate.ts';

/** What is to be started. */
export interface RunSpec {
  /** The sentinel directory, absolute. */
  readonly dir: string;
  readonly step: string;
  readonly argv: readonly string[];
  /** Where the command runs, absolute. */
  readonly cwd: string;
  readonly policy: Policy;
  readonly owner: RunRecord['owner'];
  /** The run from inside of which it is started. */
  readonly parent?: string;
  /** Keeps standard error in a file of its own. */
  readonly split?: boolean;
  /** The checks that pass when it is ready, and how long its starter wants to wait for that. */
  readonly ready?: NonNullable<RunRecord['ready']>;
  readonly readyTimeoutMs?: number;
  /** The TCP port that it is given, as `PORT`. The caller has put it in the place of `{port}` in `argv`. */
  readonly port?: number;
  /** Gives the command a standard input without an end. */
  readonly stdin?: 'open';
  /** The services that it needs, and whether it is started only because another run needs it. */
  readonly needs?: NonNullable<RunRecord['needs']>;
  readonly forNeeds?: boolean;
  /** Makes no cgroup for the run. */
  readonly unconfined?: boolean;
  /** It runs under a lease, until this instant of the boot clock (`bootClockMs`) unless it is extended. Then it is killed, and lost. */
  readonly lease?: { readonly untilMs: number };
  /** Of a run that waited for its turn: its id, which it has already, the queue, and the line of a batch that it is. */
  readonly turn?: Pick<RunRecord, 'id' | 'batch'> & { readonly queue: NonNullable<RunRecord['queue']> };
}

/** A begun run, which `launch` starts, or the live run that is in its way. */
export type Begun = { readonly kind: 'begun'; readonly run: RunRecord } | AlreadyRunning;

/** Another run of the step began and ended since claim `n`: what was found out before it may no longer be true. */
export interface Overtaken {
  readonly kind: 'overtaken';
}

/**
 * Makes the folder of a run, claims the step for it, removes the flat names of the run before and links the new ones.
 * Starters race by link(2) of the next claim. Those that lose are given the winner's run.
 * @throws PmError `directory-unusable`, `still-finishing`
 */
export async function begin(spec: RunSpec): Promise<Begun> {
  for (;;) {
    const state = await readStepState(spec.dir, spec.step);
    const begun = state.kind === 'free' ? await beginAfter(spec, state.n) : state;
    if (begun.kind !== 'overtaken') return begun;
  }
}

/**
 * `begin`, but only as the run right after claim `n`. For a caller that has checked something about the step, such as its breaker,
 * and has to check again if another run came first.
 * @param n from `readStepState`
 * @throws PmError `directory-unusable`, `still-finishing`
 */
export async function beginAfter(spec: RunSpec, n: number): Promise<Begun | Overtaken> {
  openDirectory(spec.dir);
  const state = await freeAfter(spec, n);
  if (state.kind !== 'free') return state;
  const resumed = spec.turn && resumeTurn(spec.dir, spec.step, spec.turn.id);
  if (resumed !== undefined) return { kind: 'begun', run: resumed };
  // Asked after n is known: whoever begins the run from now on has to take claim n + 1 as well, so only one of us gets it.
  if (spec.turn !== undefined && hasTurnBegun(spec.dir, spec.turn.id))
    return { kind: 'already-running', run: presentIn(readRunRecord(spec.dir, spec.turn.id)) };
  const run = prepare(spec);
  try {
    if (!claim(spec.dir, spec.step, n + 1, runPaths(spec.dir, run.id).run)) {
      discard(spec, run);
      const winner = await freeAfter(spec, n);
      return winner.kind === 'free' ? { kind: 'overtaken' } : winner;
    }
  } catch (error) {
    discard(spec, run);
    throw withoutLinks(spec.dir, error);
  }
  linkFlatNames(spec, run);
  return { kind: 'begun', run };
}

/**
 * The run of a turn that a process has begun which died before it started the wrapper. It can be launched: if that process started one
 * all the same, one of the two wrappers begins.
 * @returns undefined if nothing has begun
 */
export function resumeTurn(dir: string, step: string, id: string): RunRecord | undefined {
  const claimed = readClaim(dir, step)?.run;
  if (claimed?.kind !== 'present' || claimed.value.id !== id) return undefined;
  if (!hasTurnBegun(dir, id)) linkFlatNames({ dir, step }, claimed.value);
  return claimed.value;
}

async function freeAfter({ dir, step }: RunSpec, n: number): Promise<StepState | Overtaken> {
  const state = await readStepState(dir, step);
  return state.kind === 'free' && state.n !== n ? { kind: 'overtaken' } : state;
}

/** link(2) decides between starters and creates endings. A file system without it (FAT, some network mounts) cannot be used. */
function withoutLinks(dir: string, error: unknown): unknown {
  if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')) return error;
  const message = `${dir} is on a file system without hard links`;
  return new PmError('directory-unusable', message, 'Name another directory with --dir or PM_DIR.', { cause: error });
}

/**
 * Writes everything that the wrapper needs before it starts. If one of the files cannot be written, none is left.
 * Several processes may prepare the run of a turn at once: whoever starts it, and whoever stops it. Each makes a folder of its own, and
 * one of them gets the name by rename(2), so none removes what another one has written.
 */
function prepare(spec: RunSpec): RunRecord {
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

/** Links the flat names of a run. It holds the newest claim and the wrapper before it is gone, so nobody else writes these names now. */
export function linkFlatNames({ dir, step }: Pick<RunSpec, 'dir' | 'step'>, run: RunRecord): void {
  const flat = stepPaths(dir, step);
  const own = runPaths(dir, run.id);
  // The status goes first, so that nobody reads the ending of the run before next to the heartbeat of this one.
  // A job may have put a folder in the place of one.
  for (const path of [flat.status, flat.result, flat.pid, flat.heartbeat, flat.log])
    rmSync(path, { force: true, recursive: true });
  linkOnce(own.heartbeat, flat.heartbeat);
  linkOnce(own.log, flat.log);
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

/** Of a turn, another process may be using the folder. */
function discard({ dir, turn }: RunSpec, run: RunRecord): void {
  if (turn === undefined) removeRun(runPaths(dir, run.id).folder, run);
}
