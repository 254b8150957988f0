import type { Identity } from '../identity.ts';
import { platform } from '../platform/current.ts';
import { isDead, isSame, type ProcessRow, type ProcessTable, startOrder } from '../process-table.ts';
import type { NamedProcess } from '../terminate.ts';
import { otherRunsIn } from './other-runs.ts';
import type { Tree } from './tree.ts';
import { liveReaders } from './tree-readers.ts';

/** The run whose suspects are looked for. */
export interface SuspectQuery {
  /** The command of the run. */
  readonly root: Identity;
  /** The earliest start of one of its processes; that of the root unless given. */
  readonly since?: string;
  /** Its parent, which shows who adopts orphans here and in which cgroup the run began. */
  readonly wrapper?: Identity;
  /** Environment entry of the run's processes, such as `PM_RUN_ID=abc`. */
  readonly marker: string;
}

/** What is read of the machine besides the table. */
export interface SuspectReaders {
  readonly environOf: (pid: number) => string | undefined;
  /** Its user ids; empty when unknown. */
  readonly usersOf: (pid: number) => readonly number[];
  /** The text of its /proc/<pid>/cgroup; '' when unknown. */
  readonly cgroupsOf: (pid: number) => string;
  /** Our own pid and user. */
  readonly self: number;
  readonly user: number | undefined;
}

// Why: contributing/decisions/2026-11-23-a-command-begins-in-its-cgroup.md
/**
 * Processes that may come from the run, though no mark and no parent leads to it: a child that clears its environment,
 * makes a session of its own and forks twice looks like this. Nobody may kill them, as nothing proves that they do.
 * Each
 * - is an orphan, born since the run began;
 * - is in no session that is older than the run, since nothing can join a session;
 * - is of this user (of any user for root), and in the cgroup in which the run began, or below it;
 * - belongs to no other run.
 *
 * Linux only: elsewhere neither sessions nor cgroups are known, so every program that somebody opens would be named.
 */
export function suspectsOf(
  query: SuspectQuery,
  tree: Pick<Tree, 'members'>,
  table: ProcessTable,
  readers: SuspectReaders = liveSuspectReaders(table, query.marker),
): NamedProcess[] {
  const since = startOrder(query.since ?? query.root.startTime);
  const isYoung = (row: ProcessRow): boolean => startOrder(row.startTime) >= since;
  const wrapper = query.wrapper && table.get(query.wrapper.pid);
  const wrapperIsThere = wrapper !== undefined && isSame(wrapper, query.wrapper);
  // Who adopts orphans is process 1, or a "subreaper" such as the service manager of a user: it has adopted the wrapper.
  const adopters = new Set([1, ...(wrapperIsThere ? [wrapper.ppid] : [])]);
  const home = readers.cgroupsOf(wrapperIsThere ? wrapper.pid : readers.self);
  if (home === '') return [];
  const isOfOther = otherRunsIn([...table.values()], query.marker, readers.environOf);
  const isSuspect = (row: ProcessRow): boolean => {
    if (row.pid <= 1 || row.pid === readers.self || isDead(row) || tree.members.has(row.pid)) return false;
    if (!isYoung(row) || !adopters.has(row.ppid)) return false;
    const leader = table.get(row.sid);
    if (leader !== undefined && !isYoung(leader)) return false;
    const users = readers.usersOf(row.pid);
    if (readers.user !== 0 && !users.includes(readers.user ?? -1)) return false;
    return isWithin(readers.cgroupsOf(row.pid), home) && !isOfOther(row);
  };
  return [...table.values()].filter(isSuspect).map(({ pid, startTime, command }) => ({ pid, startTime, command }));
}

/** Whether each hierarchy of the one place is that of the other, or below it. */
function isWithin(place: string, home: string): boolean {
  const homes = home.split('\n');
  return place
    .split('\n')
    .every((line, i) => line === homes[i] || line.startsWith(`${(homes[i] ?? '').replace(/\/$/, '')}/`));
}

function liveSuspectReaders(table: ProcessTable, marker: string): SuspectReaders {
  const { environOf } = liveReaders(table, marker);
  const { usersOf, cgroupsOf } = platform;
  return { environOf, usersOf, cgroupsOf, self: process.pid, user: process.geteuid?.() };
}
