import { existsSync } from 'node:fs';
import { processesOf } from '@pm/monitor';
import { type Identity, markedProcesses, type ProcessTable } from '@pm/process';
import { isRunId, type RunRecord, runPaths } from '@pm/protocol';
import { claimedSteps, presentIn, readClaim, readOutcome, readRunRecord } from '@pm/protocol/fs';

/** A run, and the directory that it is in. */
export interface RunInDirectory {
  readonly dir: string;
  readonly run: RunRecord;
}

/**
 * The run that a process belongs to. It may have ended: then the process is one that it has left running.
 * @param dirs the directories to look in
 */
export function runOf(one: Identity, dirs: readonly string[], table: ProcessTable): RunInDirectory | undefined {
  const marked = first(markedRuns(one, dirs, table), ({ dir, run }) => hasProcess(dir, run, one, table));
  if (marked !== undefined) return marked;
  // Its environment was cleared, and it has left its parents. It may still be in the cgroup or the session of a live run.
  return first(newestRuns(dirs), ({ dir, run }) =>
    existsSync(runPaths(dir, run.id).ended) ? isLeftBehind(dir, run, one) : hasProcess(dir, run, one, table),
  );
}

/** The runs whose ids are in the environment of the process, or of those above it. */
function* markedRuns({ pid }: Identity, dirs: readonly string[], table: ProcessTable): Generator<RunInDirectory> {
  const above = new Map<number, NonNullable<ReturnType<ProcessTable['get']>>>();
  for (let at = table.get(pid); at !== undefined && !above.has(at.pid); at = table.get(at.ppid)) above.set(at.pid, at);
  const marks = markedProcesses('PM_RUN_ID', above).map(({ mark }) => mark);
  for (const id of new Set(marks.reverse().filter(isRunId)))
    for (const dir of dirs) {
      const run = presentIn(readRunRecord(dir, id));
      if (run !== undefined) yield { dir, run };
    }
}

/** A directory that cannot be read does not hide the others. */
function* newestRuns(dirs: readonly string[]): Generator<RunInDirectory> {
  for (const dir of dirs)
    for (const step of claimedSteps(dir)) {
      const run = presentIn(readClaim(dir, step)?.run ?? { kind: 'absent' });
      if (run !== undefined) yield { dir, run };
    }
}

/** Whether the tree of a run, which a stop would end, has this very process. */
export function hasProcess(dir: string, run: RunRecord, { pid, startTime }: Identity, table: ProcessTable): boolean {
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
