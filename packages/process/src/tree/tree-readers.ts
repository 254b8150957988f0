import { cgroupMembers } from '../cgroup.ts';
import { platform } from '../platform/current.ts';
import type { ProcessTable } from '../process-table.ts';
import { entriesNamed, markName } from './marks.ts';

/** What `growTree` reads from the machine besides the table. For one table, each gives the same answer again. */
export interface TreeReaders {
  readonly environOf: (pid: number) => string | undefined;
  readonly cgroupMembers: (folder: string) => readonly number[];
  readonly outputsOf: (pid: number) => readonly string[];
  /** The present, in the unit of `startOrder`. */
  readonly nowOrder: () => number;
  /** The pid that is never a member: our own. */
  readonly self: number;
}

/**
 * What was read beside a table is as old as the table. All trees that are grown from it share it, so a hundred runs
 * cost one reading.
 */
const READERS = new WeakMap<ProcessTable, { name: string; readers: TreeReaders }>();

/** What is read of the machine as it is; all trees of one table share it. */
export function liveReaders(table: ProcessTable, marker = ''): TreeReaders {
  const name = markName(marker);
  const known = READERS.get(table);
  if (known?.name === name) return known.readers;
  const { environOf, outputsOf, nowOrder } = platform;
  const readers = {
    environOf: onceEach((pid) => entriesNamed(name, environOf(pid))),
    outputsOf: onceEach(outputsOf),
    cgroupMembers,
    nowOrder,
    self: process.pid,
  };
  READERS.set(table, { name, readers });
  return readers;
}

function onceEach<T>(read: (pid: number) => T): (pid: number) => T {
  const known = new Map<number, T>();
  return (pid) => {
    if (known.has(pid)) return known.get(pid) as T;
    const value = read(pid);
    known.set(pid, value);
    return value;
  };
}
