import type { Identity } from '../identity.ts';
import { platform, scan } from '../platform/current.ts';
import { isDead, type ProcessTable } from '../process-table.ts';

/** A live process whose environment has a variable that was asked for. */
export interface MarkedProcess extends Identity {
  readonly ppid: number;
  /** The value of the variable. */
  readonly mark: string;
  /** Another variable of its environment. */
  readonly variable: (name: string) => string | undefined;
  /** Its arguments; none when they cannot be read any more. */
  readonly argv: () => readonly string[];
  /** Its working directory as /proc tells it, with ` (deleted)` at the end if that is gone; undefined when it cannot be read. */
  readonly cwd: () => string | undefined;
}

/**
 * The processes whose environment has a variable of this name with a value, the oldest first. Linux only. Reads the
 * environment of every process of this user: about 0.1 ms for each.
 */
export function markedProcesses(name: string, table: ProcessTable = scan()): MarkedProcess[] {
  const found: MarkedProcess[] = [];
  for (const row of table.values()) {
    if (row.pid <= 1 || isDead(row)) continue;
    const entries = platform.environOf(row.pid)?.split('\0') ?? [];
    const variable = (wanted: string): string | undefined =>
      entries.find((entry) => entry.startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const mark = variable(name);
    if (mark === undefined || mark === '') continue;
    const { pid, startTime, ppid } = row;
    const argv = () => platform.argvOf(pid);
    found.push({ pid, startTime, ppid, mark, variable, argv, cwd: () => platform.cwdOf(pid) });
  }
  return found.sort((a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid);
}
