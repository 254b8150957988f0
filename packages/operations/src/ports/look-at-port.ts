import { existsSync } from 'node:fs';
import { processesOf } from '@pm/monitor';
import {
  type Identity,
  type Listener,
  listenersOn,
  markedProcesses,
  type PortHolder,
  type ProcessTable,
  scan,
} from '@pm/process';
import { isRunId, type RunRecord, runPaths } from '@pm/protocol';
import { claimedSteps, presentIn, readClaim, readOutcome, readRunRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { isOwnedBy, ownerOf } from '../project/owner.ts';

/** A run of this user, with those of its processes that listen on the port. */
export interface ListeningRun {
  readonly dir: string;
  readonly run: RunRecord;
  readonly holders: readonly PortHolder[];
}

/** A port at one instant. */
export interface PortLook {
  readonly listeners: readonly Listener[];
  /** The runs that listen on it. A listener whose processes are in none of them is a stranger. */
  readonly runs: readonly ListeningRun[];
}

// Why: contributing/decisions/2026-11-29-who-holds-a-port.md
/**
 * Who listens on a port, and which runs these processes belong to, in all directories of this user. A process belongs to a run if it is
 * in the tree of the run that a stop would end, and to nothing else: what its environment says only tells where to look first.
 * @param port 1 to 65535
 * @param here the directory of runs of the call
 */
export function lookAtPort(port: number, here: string, { env }: Pick<Context, 'env'>): PortLook {
  const listeners = listenersOn(port);
  const holders = [...new Map(listeners.flatMap((one) => one.holders.map((holder) => [holder.pid, holder]))).values()];
  if (holders.length === 0) return { listeners, runs: [] };
  const table = scan();
  const { dirs } = everyDirectory(here, env);
  const found = new Map<string, ListeningRun & { readonly holders: PortHolder[] }>();
  for (const holder of holders) {
    const known = [...found.values()].find(({ dir, run }) => isIn(dir, run, holder, table));
    const owner = known ?? runOf(holder, dirs, table);
    if (owner === undefined) continue;
    found.set(owner.run.id, { ...owner, holders: [...(known?.holders ?? []), holder] });
  }
  return { listeners, runs: [...found.values()] };
}

/** Whether the runs that listen are all of the caller: the server of another session may be in use. */
export function mayProposeStop({ runs }: PortLook, context: Pick<Context, 'env' | 'tty'>): boolean {
  const me = ownerOf(context);
  return runs.length > 0 && runs.every(({ run }) => isOwnedBy(me, run));
}

type FoundRun = Pick<ListeningRun, 'dir' | 'run'>;

/**
 * The run that a process belongs to. It may have ended: then the process is one that it has left running.
 * @param dirs the directories to look in
 */
export function runOf(holder: Identity, dirs: readonly string[], table: ProcessTable): FoundRun | undefined {
  return first(markedRuns(holder, dirs, table), ({ dir, run }) => isIn(dir, run, holder, table)) ?? unmarked();

  // Its environment was cleared, and it has left its parents. It may still be in the cgroup or the session of a live run.
  function unmarked(): FoundRun | undefined {
    return first(newestRuns(dirs), ({ dir, run }) =>
      existsSync(runPaths(dir, run.id).ended) ? isLeftBehind(dir, run, holder) : isIn(dir, run, holder, table),
    );
  }
}

/** The runs whose ids are in the environment of the process, or of those above it. */
function* markedRuns(holder: Identity, dirs: readonly string[], table: ProcessTable): Generator<FoundRun> {
  const above = new Map<number, NonNullable<ReturnType<ProcessTable['get']>>>();
  for (let at = table.get(holder.pid); at !== undefined && !above.has(at.pid); at = table.get(at.ppid))
    above.set(at.pid, at);
  const marks = markedProcesses('PM_RUN_ID', above).map(({ mark }) => mark);
  for (const id of new Set(marks.reverse().filter(isRunId)))
    for (const dir of dirs) {
      const run = presentIn(readRunRecord(dir, id));
      if (run !== undefined) yield { dir, run };
    }
}

/** A directory that cannot be read does not hide the others. */
function* newestRuns(dirs: readonly string[]): Generator<FoundRun> {
  for (const dir of dirs)
    for (const step of claimedSteps(dir)) {
      const run = presentIn(readClaim(dir, step)?.run ?? { kind: 'absent' });
      if (run !== undefined) yield { dir, run };
    }
}

function isIn(dir: string, run: RunRecord, { pid, startTime }: Identity, table: ProcessTable): boolean {
  return processesOf(dir, run, table).some((member) => member.pid === pid && member.startTime === startTime);
}

/** Whether the outcome of an ended run names this process as one that it has left running. */
function isLeftBehind(dir: string, run: RunRecord, { pid, startTime }: Identity): boolean {
  const outcome = presentIn(readOutcome(dir, run.id));
  return outcome?.survivors.some((one) => one.pid === pid && one.startTime === startTime) ?? false;
}

function first<T>(values: Iterable<T>, matches: (value: T) => boolean): T | undefined {
  for (const value of values) if (matches(value)) return value;
  return undefined;
}
