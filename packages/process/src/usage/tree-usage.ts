import type { Identity } from '../identity.ts';
import { platform } from '../platform/current.ts';
import { type ProcessTable, startOrder } from '../process-table.ts';
import { cgroupUsage } from './cgroup-usage.ts';

/** What a tree of processes has used, and what it holds now. */
export interface TreeUsage {
  /** CPU time so far. Without a cgroup it is the sum over the living and the children that they have waited for, so it may shrink. */
  readonly cpuMs: number;
  /** In which time `cpuMs` was used: the age of the oldest living process. Absent with a cgroup, which counts from its beginning. */
  readonly cpuOverMs?: number;
  /**
   * Memory now. In a cgroup with the memory controller: what cannot be dropped, without cached files. Elsewhere the sum of what is resident, in
   * which memory that processes share counts once for each of them.
   */
  readonly memoryBytes: number;
  /** How many processes live. */
  readonly processes: number;
}

/**
 * The usage of a tree, by its cgroup where it has one. Costs two small reads.
 * @param members its living processes
 * @param table a scan of the machine, not older than `members`
 * @returns undefined when nothing of it lives
 */
export function treeUsage(
  members: readonly Identity[],
  table: ProcessTable,
  cgroup: string | undefined,
): TreeUsage | undefined {
  const rows = members.flatMap(({ pid, startTime }) => {
    const row = table.get(pid);
    return row?.startTime === startTime ? [row] : [];
  });
  if (rows.length === 0) return undefined;
  const { cpuMs, memoryBytes } = cgroup === undefined ? {} : cgroupUsage(cgroup);
  const oldest = Math.min(...rows.map(({ startTime }) => startOrder(startTime)));
  const cpuOverMs = cpuMs === undefined ? (platform.nowOrder() - oldest) * 10 : Number.NaN;
  return {
    cpuMs: cpuMs ?? sum(rows.map((row) => row.cpuMs)),
    ...(Number.isFinite(cpuOverMs) && { cpuOverMs }),
    memoryBytes: memoryBytes ?? sum(rows.map(({ residentBytes = 0 }) => residentBytes)),
    processes: rows.length,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
