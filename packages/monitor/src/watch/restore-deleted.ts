import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { type Identity, type MarkedProcess, markedProcesses } from '@pm/process';
import {
  decodeJson,
  directoryPaths,
  encodeIdentity,
  encodeJson,
  isRunId,
  isStepName,
  RunRecord,
  runPaths,
  stepPaths,
} from '@pm/protocol';
import { claim, claimNumbers, linkOnce, openDirectory, presentIn, readClaim, readNumberedClaim } from '@pm/protocol/fs';
import { appendEvent } from '../finish/event-log.ts';

/** Processes of a run that has no records at the place where they were written. */
export interface FoundRun {
  readonly id: string;
  readonly step: string;
  /** Its processes, the wrapper left out. */
  readonly pids: readonly number[];
  /**
   * `restored`: the records were written anew. `moved`: the directory is at another place, so nothing was done.
   * `left-over`: there is no wrapper, so nothing was done. The run may be over, and the processes may be a daemon of it.
   */
  readonly found: 'restored' | 'moved' | 'left-over';
  /** Where the records are now. */
  readonly movedTo?: string;
}

// Why: contributing/decisions/2026-11-29-deleted-records.md
/**
 * Finds the live runs of a directory whose records somebody has deleted (`git clean`, `rm -rf .pm`), by the marks in
 * the environment of their processes, and writes their records anew. The wrapper of such a run notices at its next beat
 * and goes on in the new folder.
 * @param dir the sentinel directory, absolute; it need not exist
 * @param by who looks, for the events
 * @returns the runs that were found; none on platforms that show no environments
 */
export function restoreDeleted(dir: string, by: string): FoundRun[] {
  const runs = byRun(markedProcesses('PM_RUN_ID'), new Set([dir, realOf(dir)]));
  return [...runs].flatMap(([id, remains]) => restoreOne(dir, id, remains, by) ?? []);
}

function restoreOne(dir: string, id: string, { wrapper, members }: Remains, by: string): FoundRun | undefined {
  const step = (wrapper === undefined ? members[0]?.variable('PM_STEP') : settingOf(wrapper, 'step')) ?? '';
  const paths = runPaths(dir, id);
  if (!isStepName(step) || (existsSync(paths.run) && hasClaim(dir, id, step))) return undefined;
  const found = { id, step, pids: members.map(({ pid }) => pid) };
  if (wrapper === undefined) return existsSync(paths.folder) ? undefined : { ...found, found: 'left-over' };
  const folder = wrapper.cwd();
  if (folder !== undefined && !folder.endsWith(' (deleted)') && folder !== realOf(paths.folder))
    return { ...found, found: 'moved', movedTo: folder.replace(/\/runs\/[^/]*$/, '') };
  const run = recordOf(id, wrapper);
  const command = members.find(({ ppid }) => ppid === wrapper.pid);
  return run !== undefined && restore(dir, run, wrapper, command, by) ? { ...found, found: 'restored' } : undefined;
}

/** The wrapper of a run, and its other processes, the oldest first. */
interface Remains {
  readonly wrapper: MarkedProcess | undefined;
  readonly members: readonly MarkedProcess[];
}

const SUPERVISOR = 'supervisor-of-';

function byRun(marked: readonly MarkedProcess[], dirs: ReadonlySet<string>): Map<string, Remains> {
  const runs = new Map<string, { supervisors: MarkedProcess[]; members: MarkedProcess[] }>();
  for (const one of marked) {
    const isSupervisor = one.mark.startsWith(SUPERVISOR);
    const id = isSupervisor ? one.mark.slice(SUPERVISOR.length) : one.mark;
    const where = isSupervisor ? settingOf(one, 'dir') : one.variable('PM_DIR');
    if (!isRunId(id) || where === undefined || !dirs.has(where)) continue;
    const found = runs.get(id) ?? { supervisors: [], members: [] };
    runs.set(id, found);
    if (!isSupervisor) found.members.push(one);
    else if (settingOf(one, 'starter') !== undefined) found.supervisors.push(one); // the starter does not have this setting
  }
  return new Map(
    [...runs].map(([id, { supervisors, members }]) => [id, { members, wrapper: wrapperAmong(supervisors, members) }]),
  );
}

/**
 * The wrapper is the parent of its beat, and of the command. The beat has the same arguments and the same session, and lives on for a
 * moment when the wrapper was killed.
 */
function wrapperAmong(
  supervisors: readonly MarkedProcess[],
  members: readonly MarkedProcess[],
): MarkedProcess | undefined {
  return supervisors.find(({ pid }) => [...supervisors, ...members].some(({ ppid }) => ppid === pid));
}

/** A setting among the arguments of a wrapper: they end at `--`. */
function settingOf(wrapper: MarkedProcess, name: string): string | undefined {
  const argv = wrapper.argv();
  const settings = argv.slice(0, Math.max(argv.indexOf('--'), 0));
  return settings.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function hasClaim(dir: string, id: string, step: string): boolean {
  return claimNumbers(dir, step).some((n) => presentIn(readNumberedClaim(dir, step, n).run)?.id === id);
}

/** The record as it was: the wrapper has it among its arguments, which no job can change. */
function recordOf(id: string, wrapper: MarkedProcess): RunRecord | undefined {
  const argv = wrapper.argv();
  const command = JSON.stringify(argv.slice(argv.indexOf('--') + 1));
  const text = (settingOf(wrapper, 'record') ?? '').replace('"argv":[]', () => `"argv":${command}`);
  const decoded = decodeJson(RunRecord, text);
  return decoded.kind === 'present' && decoded.value.id === id ? decoded.value : undefined;
}

/** False if another process was faster. */
function restore(
  dir: string,
  run: RunRecord,
  wrapper: MarkedProcess,
  command: MarkedProcess | undefined,
  by: string,
): boolean {
  openDirectory(dir);
  const paths = runPaths(dir, run.id);
  const put = (path: string, text: string): void => {
    if (!existsSync(path)) writeFileSync(path, text, { flag: 'wx', mode: 0o600 });
  };
  const newest = readClaim(dir, run.step);
  const isItsOwn = newest !== undefined && presentIn(newest.run)?.id === run.id;
  try {
    if (!existsSync(paths.folder)) mkdirSync(paths.folder, { mode: 0o700 });
    put(paths.heartbeat, '1\n'); // 0 would mean that no wrapper has started yet
    put(paths.wrapper, encodeIdentity(identityOf(wrapper)));
    if (command !== undefined) put(paths.command, encodeIdentity(identityOf(command)));
    if (isItsOwn) linkOnce(`${directoryPaths(dir).steps}/${run.step}/${newest.n}`, paths.run);
    else {
      put(paths.run, encodeJson(run));
      if (!claim(dir, run.step, (newest?.n ?? 0) + 1, paths.run)) return false;
    }
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
  const flat = stepPaths(dir, run.step);
  if (command !== undefined) put(paths.pid, `${command.pid}\n`);
  for (const kind of ['heartbeat', 'pid'] as const) if (existsSync(paths[kind])) linkOnce(paths[kind], flat[kind]);
  appendEvent(dir, run.id, by, 'restored', { wrapper: wrapper.pid, command: command?.pid });
  return true;
}

function identityOf({ pid, startTime }: MarkedProcess): Identity {
  return { pid, startTime };
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
