import { type Identity, programOf, scan } from '@pm/process';
import { isRunId, type RunRecord } from '@pm/protocol';
import { presentIn, readRun, readRunRecord } from '@pm/protocol/fs';
import { isLive } from '../runs/outcome-view.ts';
import { openIds, runNames } from '../runs/run-names.ts';
import { viewNow } from '../runs/run-view.ts';

/** A live run, and the directory that it is in. */
export interface HeldBy {
  readonly dir: string;
  readonly run: RunRecord;
}

/**
 * The live run that a process belongs to: it is its command, a descendant of that, or carries its mark.
 * @param dirs the directories to look in
 */
export function runOfProcess(process: Identity, dirs: readonly string[]): HeldBy | undefined {
  const above = lineOf(process);
  const marks = new Set(
    above.flatMap((one) => programOf(one, 'PM_RUN_ID')?.mark?.replace(/^supervisor-of-/, '') ?? []),
  );
  for (const dir of dirs) {
    for (const id of openIds(runNames(dir))) {
      const isHeld = (isRunId(id) && marks.has(id)) || isCommandAmong(dir, id, above);
      const run = isHeld ? presentIn(readRunRecord(dir, id)) : undefined;
      if (run !== undefined && isLive(viewNow(dir, run, 'pm adopt'))) return { dir, run };
    }
  }
  return undefined;
}

/** The other live runs of a directory that have this very process as their command. */
export function rivalsOf(dir: string, { id: own }: RunRecord, process: Identity): string[] {
  return openIds(runNames(dir)).filter((id) => id !== own && isCommandAmong(dir, id, [process]));
}

function isCommandAmong(dir: string, id: string, processes: readonly Identity[]): boolean {
  const command = presentIn(readRun(dir, id).command);
  return processes.some(({ pid, startTime }) => pid === command?.pid && startTime === command.startTime);
}

/** The process and those above it, as far as they can be seen. */
function lineOf(process: Identity): Identity[] {
  const table = scan();
  const line: Identity[] = [process];
  for (let above = table.get(process.pid)?.ppid ?? 0; above > 1 && line.length < table.size; ) {
    const row = table.get(above);
    if (row === undefined) break;
    line.push({ pid: row.pid, startTime: row.startTime });
    above = row.ppid;
  }
  return line;
}
