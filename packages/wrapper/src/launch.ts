import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { isAbsolute, normalize } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive, leaveCgroup, replaceInherited } from '@pm/process';
import { DEFAULTS, decodeIdentity, encodeEnding, PmError, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { createRecord, linkOnce, presentIn, readRecord, readRun } from '@pm/protocol/fs';
import { environmentPrefix, wrapperEnvironment } from './environment.ts';
import { hasTurnBegun } from './turn-gate.ts';

// Why: contributing/decisions/2026-11-23-posix-shell-wrapper.md
/** Next to the package's `dist` or `src`, and next to the `chunks` of an app that bundles this package. */
const WRAPPER: string = fileURLToPath(new URL('../wrapper.sh', import.meta.url));

// Why: contributing/decisions/2026-11-29-a-run-leaves-the-tree-of-its-caller.md
/**
 * The starter: a shell between this process and the wrapper, which `leave_starter` of the wrapper ends. The wrapper then descends from no process of
 * the caller. The wrapper is not started with `&`, because it and the command would ignore SIGINT and SIGQUIT for good. `exit` is there
 * because some shells become the last command of `-c`.
 */
const STARTER = 'shell=$1; shift; "$shell" "$0" "starter=$$" "$@"; exit';

/** By this signal the wrapper ends the starter. */
const LEFT = 'SIGUSR1';

/**
 * Makes the process of a shell, as `spawnAttached` does: detached, so that it leads a group and a session. It must have spawned when the
 * function returns.
 */
export type SpawnWrapper = (shell: string, args: readonly string[], options: WrapperSpawnOptions) => ChildProcess;

export interface WrapperSpawnOptions {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly stdio: readonly ['ignore' | number, number, number, ...('ignore' | number)[]];
}

export interface LaunchOptions {
  /** The environment of the command. A run that was given a port also gets `PORT`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Signals that the command ignores from its beginning, such as `HUP`: those that its caller ignores. */
  readonly ignored?: readonly string[];
  /**
   * A descriptor that becomes the standard input of the command. `ignore`, the default, gives /dev/null. A run with `stdin: 'open'` on
   * record gets neither.
   */
  readonly stdin?: 'ignore' | number;
  /** Of the command, if it is not that of this process. */
  readonly umask?: number;
  /** By default a detached process of `node:child_process`. */
  readonly spawn?: SpawnWrapper;
  /**
   * The program and arguments that start the resident monitor; the directory is appended. If work is left for it when the run has ended,
   * and no resident lives, the wrapper starts it.
   */
  readonly resident?: readonly string[];
  /** The shell that runs the wrapper; /bin/sh by default. */
  readonly shell?: string;
}

/**
 * Starts the wrapper of a begun run in a session of its own and waits until its command has begun (milliseconds, 10 s at most).
 * The command writes to its own files, so this process may end.
 * @param dir the sentinel directory
 * @param run as `begin` gives it
 * @throws PmError `cannot-execute` if the wrapper could not be started. The run is then on record as failed with 126.
 */
export async function launch(dir: string, run: RunRecord, asked: LaunchOptions): Promise<void> {
  const options = run.port === undefined ? asked : { ...asked, env: { ...asked.env, PORT: String(run.port) } };
  const paths = runPaths(dir, run.id);
  if (isBegunByAnother(dir, run)) return;
  const traps = (options.ignored ?? []).map((name) => `trap '' ${name}\n`);
  const prefix = Buffer.concat([Buffer.from(traps.join('')), environmentPrefix(options.env) ?? Buffer.of()]);
  if (prefix.length > 0) writeFileSync(`${paths.folder}/environment`, prefix, { mode: 0o600 });
  let child: ChildProcess;
  try {
    child = spawnOutside(dir, run, options);
  } catch (error) {
    throw recordedFailure(dir, run, error);
  }
  const failure = await waitForCommand(dir, run, child);
  if (failure !== undefined) throw recordedFailure(dir, run, failure);
}

/** Of a run that waited: a monitor that was suspended may go on after another one has started it, or after it was stopped. */
function isBegunByAnother(dir: string, { id, queue }: RunRecord): boolean {
  return queue !== undefined && hasTurnBegun(dir, id);
}

/** Spawns the wrapper outside of the cgroup of a run that this process belongs to: the wrapper has to outlive that run. */
function spawnOutside(
  dir: string,
  run: RunRecord,
  { env, spawn = spawnDetached, shell = '/bin/sh', stdin = 'ignore', umask, resident = [] }: LaunchOptions,
): ChildProcess {
  const paths = runPaths(dir, run.id);
  const open = run.stdin === 'open' ? openInput(paths.folder) : undefined;
  const log = openSync(paths.log, 'a');
  const errors = run.split === true ? openSync(paths.errors, 'a') : log;
  const inherited = replaceInherited();
  const returnToCgroup = leaveCgroup();
  const ownMask = umask === undefined ? undefined : process.umask(umask);
  try {
    return spawn(shell, ['-c', STARTER, WRAPPER, shell, ...wrapperArguments(dir, run, shell, env)], {
      cwd: paths.folder,
      env: wrapperEnvironment(env, run.id, resident),
      stdio: [open ?? stdin, log, errors, ...inherited.stdio],
    });
  } finally {
    if (ownMask !== undefined) process.umask(ownMask);
    returnToCgroup();
    inherited.close();
    // Not later: with few file handles (ulimit -n), the next ones are needed to read how it went.
    if (open !== undefined) closeSync(open);
    closeSync(log);
    if (errors !== log) closeSync(errors);
  }
}

// Why: contributing/decisions/2026-11-29-a-service-is-a-policy.md
/**
 * A standard input that never ends, and has no data: a FIFO without a name, opened for reading and writing. Whoever reads it is a writer
 * of it as well, so it stays open as long as the command, or a process that it started, lives. No other process is needed for that.
 * @throws an error with the reason if there is no mkfifo(1), which POSIX demands
 */
function openInput(folder: string): number {
  const fifo = `${folder}/input`;
  rmSync(fifo, { force: true }); // of a starter that was killed here
  const { error, stderr } = spawnSync('mkfifo', ['-m', '600', fifo], { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`mkfifo(1) cannot be run (${(error as NodeJS.ErrnoException).code})`);
  try {
    return openSync(fifo, 'r+');
  } catch (cause) {
    throw stderr === '' ? cause : new Error(stderr.trim(), { cause });
  } finally {
    rmSync(fifo, { force: true });
  }
}

/** Records that the wrapper was not started, as far as that is possible. @returns the error that says why */
function recordedFailure(dir: string, run: RunRecord, error: unknown): PmError {
  const { code, message } = Object(error) as NodeJS.ErrnoException;
  const why = REASONS[code ?? ''] ?? message ?? String(error);
  try {
    appendFileSync(runPaths(dir, run.id).log, `the wrapper could not be started: ${why}\n`);
    recordFailure(dir, run);
  } catch {
    // No room, or no file handles. A monitor finds that the run never began.
  }
  return new PmError('cannot-execute', `${run.step} could not be started: ${why}.`, 'Fix this, then start it again.', {
    cause: error,
  });
}

/** What spawn(2) lacks, by its code. */
const REASONS: Readonly<Record<string, string>> = {
  EAGAIN: 'no more processes are allowed here (ulimit -u, or pids.max of its cgroup)',
  EMFILE: 'this process may not open more files (ulimit -n)',
  // libuv moves the descriptors of a child above those that it gets, and the limit is lower than that.
  EINVAL: 'this process may not open more files (ulimit -n)',
  ENFILE: 'the machine has no free file handles',
  ENOMEM: 'there is not enough memory',
  ENOENT: 'there is no /bin/sh here to run the wrapper, or the folder of the run was removed',
  EACCES: '/bin/sh may not be executed here',
  E2BIG: 'its arguments and environment are too long together',
};

/** The settings of the wrapper by name, then the command. `wrapper.sh` says what each one means. */
function wrapperArguments(dir: string, run: RunRecord, shell: string, env: LaunchOptions['env']): string[] {
  const { id, step, argv, policy, cgroup, oom, split, queue, lease } = run;
  const cwd = asNamedByCaller(run.cwd, env['PWD']);
  const { beatMs, graceMs, logCapBytes, retries = 0, backoffMs = 0, restart, resetAfterMs = 0 } = policy;
  const pauses = Math.ceil(backoffMs / Math.min(beatMs, LONGEST_PAUSE_MS));
  const pauseMs = Math.ceil(backoffMs / Math.max(pauses, 1));
  const settings = {
    step,
    run_id: id,
    dir,
    cwd,
    cgroup: cgroup ?? '',
    oom: oom?.file ?? '',
    errors: split === true ? 'errors' : 'log',
    gated: queue === undefined ? '' : 1,
    beat_ms: beatMs,
    grace_ms: graceMs,
    limit: policy.timeoutMs ?? '',
    lease: lease === undefined ? '' : `${lease.untilMs} ${lease.atMs}`,
    log_cap: logCapBytes,
    retries,
    pauses,
    pause_s: pauseMs / 1000,
    restart: restart ?? '',
    pause_cap: Math.max(pauses, Math.floor(DEFAULTS.longestBackoffMs / Math.max(pauseMs, 1))),
    healthy: Math.ceil(resetAfterMs / beatMs),
    kept: DEFAULTS.keptAttempts,
    shell,
    old_pwd: env['OLDPWD'] ?? '',
    record: JSON.stringify({ ...run, argv: [] }),
  };
  return [...Object.entries(settings).map(([name, value]) => `${name}=${value}`), '--', ...argv];
}

/**
 * The working directory by the name in `PWD`, if that is another name of it: somebody who went there by a link finds the same `PWD` in
 * the command. Node.js tells only the path without links.
 */
function asNamedByCaller(cwd: string, pwd: string | undefined): string {
  if (pwd === undefined || pwd === cwd || !isAbsolute(pwd) || normalize(pwd) !== pwd) return cwd;
  try {
    const [here, named] = [statSync(cwd), statSync(pwd)];
    return here.dev === named.dev && here.ino === named.ino ? pwd : cwd;
  } catch {
    return cwd;
  }
}

/** In the backoff the wrapper looks for an ending this often, or once a beat if that is shorter. A stop waits for it. */
const LONGEST_PAUSE_MS = 1_000;

const spawnDetached: SpawnWrapper = (shell, args, { cwd, env, stdio }) => {
  const child = spawn(shell, args, { cwd, env, stdio: [...stdio], detached: true });
  child.unref();
  return child;
};

/** How often a wrapper is looked for that has left its starter. On macOS it takes a process. */
const LOOK_FOR_WRAPPER_MS = 100;

/**
 * Waits until the command has begun. Polls, because it takes 5 ms and a watch would cost more than it saves.
 * @param starter the shell that waits for the wrapper until the wrapper ends it
 * @returns why the wrapper or its command was not started
 * @throws what reading the records throws, which says nothing about the wrapper
 */
async function waitForCommand(dir: string, run: RunRecord, starter: ChildProcess): Promise<Error | undefined> {
  let failure: Error | 'killed' | undefined;
  starter.once('error', (error) => {
    failure = error;
  });
  starter.once('exit', (code, signal) => {
    if (signal === LEFT) return;
    if (code === 0 && isBegunByAnother(dir, run))
      failure = 'killed'; // our wrapper was the second one at the gate
    // If somebody killed the starter, the command may begin all the same. A monitor finds out; it is no failure to start.
    else failure = signal === null ? new Error(whyNotBegun(code)) : 'killed';
  });
  const paths = runPaths(dir, run.id);
  let lookAt = performance.now() + LOOK_FOR_WRAPPER_MS;
  const isWrapperGone = (): boolean => {
    if (performance.now() < lookAt) return false;
    lookAt = performance.now() + LOOK_FOR_WRAPPER_MS;
    const wrapper = presentIn(readRecord(paths.wrapper, decodeIdentity));
    return wrapper !== undefined && !isAlive(wrapper);
  };
  for (const giveUpAt = performance.now() + DEFAULTS.startWindowMs; performance.now() < giveUpAt; await sleep(1)) {
    const ended = failure ?? (isWrapperGone() ? 'killed' : undefined); // read before the records, because a short run may be over by now
    // The records are read when one of them is there: reading all of them a dozen times took a fifth of a start.
    if (ended === undefined && !existsSync(paths.command) && !existsSync(paths.exit)) continue;
    const disk = readRun(dir, run.id);
    const exit = presentIn(disk.exit);
    if (presentIn(disk.command) !== undefined || ended === 'killed') return undefined;
    // The wrapper could not fork: see check_begun.
    if (exit?.cause === 'exit' && exit.code === 126)
      return Object.assign(new Error('it could not fork'), { code: 'EAGAIN' });
    if (exit !== undefined) return undefined;
    if (ended !== undefined) return ended;
  }
  return isError(failure) ? failure : undefined; // it may have ended while this process did not run
}

/** @param code of the starter, which is that of a wrapper that has not left it. So the command has not begun. */
function whyNotBegun(code: number | null): string {
  const signal = (code ?? 0) - 128;
  return signal > 0 && signal < 65
    ? `its shell was ended by signal ${signal} before the command began`
    : `its shell ended (${code}) before the command began, most often because no more processes are allowed (ulimit -u, pids.max)`;
}

/** Narrows what only callbacks assign. */
function isError(failure: unknown): failure is Error {
  return failure instanceof Error;
}

/** Writes the records that the wrapper would have written. */
function recordFailure(dir: string, run: RunRecord): void {
  const paths = runPaths(dir, run.id);
  createRecord(paths.exit, encodeEnding({ cause: 'exit', code: 126 }));
  linkOnce(paths.exit, paths.ending);
  linkOnce(paths.ending, paths.ended);
  createRecord(paths.status, 'FAILED\n');
  linkOnce(paths.status, stepPaths(dir, run.step).status);
}
