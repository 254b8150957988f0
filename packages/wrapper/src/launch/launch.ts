import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { leaveCgroup, replaceInherited } from '@pm/process';
import { type RunRecord, runPaths } from '@pm/protocol';
import { WRAPPER } from '../wrapper-script.ts';
import { awaitCommand, isBegunByAnother } from './await-command.ts';
import { environmentPrefix, wrapperEnvironment } from './environment.ts';
import { recordedFailure } from './launch-failure.ts';
import { wrapperArguments } from './wrapper-arguments.ts';

// Why: contributing/decisions/2026-11-29-a-run-leaves-the-tree-of-its-caller.md
/**
 * The starter: a shell between this process and the wrapper, which `leave_starter` of the wrapper ends. The wrapper then descends from no process of
 * the caller. The wrapper is not started with `&`, because it and the command would ignore SIGINT and SIGQUIT for good. `exit` is there
 * because some shells become the last command of `-c`.
 */
const STARTER = 'shell=$1; shift; "$shell" "$0" "starter=$$" "$@"; exit';

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
  const failure = await awaitCommand(dir, run, child);
  if (failure !== undefined) throw recordedFailure(dir, run, failure);
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

const spawnDetached: SpawnWrapper = (shell, args, { cwd, env, stdio }) => {
  const child = spawn(shell, args, { cwd, env, stdio: [...stdio], detached: true });
  child.unref();
  return child;
};
