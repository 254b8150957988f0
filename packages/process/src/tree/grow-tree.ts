import { cgroupMembers } from '../cgroup.ts';
import type { Identity } from '../identity.ts';
import { platform } from '../platform/current.ts';
import { isDead, isSame, type ProcessRow, type ProcessTable, startOrder } from '../process-table.ts';
import { isExcluded } from './exclusion.ts';
import { type Families, familiesLedBy, familyKey, rootFamilies, stillHeld } from './families.ts';
import { entriesNamed, type Marks, markKey, readMarks } from './marks.ts';
import { otherRunsIn } from './other-runs.ts';
import { admitRelatives } from './relatives.ts';

/** The live processes of one run, and what the next scan needs to find those that detach. Immutable. */
export interface Tree {
  readonly members: ReadonlyMap<number, Identity>;
  /** Sessions and groups that members lead or led. */
  readonly families: Families;
  /** The marks of members. They stay, even if a process overwrites its environment later. */
  readonly marks: Marks;
}

/** What makes a process part of a run. */
export interface TreeQuery {
  /** The command. Every member started no earlier than it, or no earlier than `since`. */
  readonly root: Identity;
  /** The earliest start time of a member, for a root that is not the first process of its tree. */
  readonly since?: string;
  /** Environment entry that the command's descendants inherit, such as `PM_RUN_ID=abc`. */
  readonly marker?: string;
  /**
   * Processes that are never members, and neither are their descendants, unless they descend from the root: a wrapper
   * and its beat loop.
   */
  readonly exclude?: readonly Identity[];
  /** Folder of the run's own cgroup v2. Every process in it is a member. */
  readonly cgroup?: string;
  /**
   * A part of the path of the run's own log. Every process whose output leads there is a member, even without its
   * environment and parent.
   */
  readonly output?: string;
  /** The path of a log that only this run writes. Every process whose output leads there is a member. */
  readonly outputFile?: string;
}

/** What `growTree` reads from the machine besides the table. */
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
 * The tree of a run as this table shows it. Members are:
 * - the root, and children of members;
 * - processes in a session or group that a member leads;
 * - processes that carry the marker, are in the cgroup, or write to the run's log;
 * - every remembered member that is still alive, because `env -i` removes the marker, and a double fork the parent.
 *
 * Never members are zombies, processes older than the root, this process, the excluded, and processes of a run that
 * was started from within this one: they carry the marker's name with that run's value, and its wrapper lives. Without
 * such a wrapper another value says nothing, as a job may set any. What is in the cgroup is a member whatever it says.
 *
 * Start times decide what is older. Pids do not, as they wrap. One scan can miss a process that forks while it is made:
 * a caller that needs certainty repeats it until two scans agree.
 */
export function growTree(
  query: TreeQuery,
  remembered: Tree | undefined,
  table: ProcessTable,
  readers: TreeReaders = liveReaders(table, query.marker),
): Tree {
  const rows = candidates(query, table, readers.self);
  const marks = readMarks(query.marker, rows, remembered?.marks, readers.environOf);
  const inCgroup = new Set(query.cgroup === undefined ? [] : readers.cgroupMembers(query.cgroup));
  const families = new Map(remembered?.families ?? rootFamilies(query.root, table));
  const members = new Map<number, ProcessRow>();
  const remember = (row: ProcessRow) => {
    for (const family of familiesLedBy(row)) families.set(familyKey(family), family);
  };
  const admit = (row: ProcessRow) => {
    members.set(row.pid, row);
    remember(row);
  };

  const root = table.get(query.root.pid);
  if (root !== undefined && isSame(root, query.root)) remember(root); // even a zombie shows which session it led
  const isOfOther = otherRunsIn(rows, query.marker, readers.environOf);
  const outsiders: ProcessRow[] = [];
  for (const row of rows) {
    const mark = marks.get(markKey(row));
    if (isSame(row, query.root)) admit(row);
    else if (mark === 'foreign' && !inCgroup.has(row.pid) && isOfOther(row)) continue;
    else if (isSame(row, remembered?.members.get(row.pid))) admit(row);
    else if (isExcluded(row, query.root, query.exclude ?? [], table)) continue;
    else if (mark === 'ours' || inCgroup.has(row.pid) || writesTo(query, row, readers)) admit(row);
    else outsiders.push(row);
  }
  admitRelatives(outsiders, members, families, table, admit);
  // Foreign marks are not remembered, but read again with the next table: with a hundred runs each would remember those
  // of 99 others.
  const ours = new Map([...marks].filter(([, mark]) => mark === 'ours'));
  const held = stillHeld(families, members, table, readers.nowOrder());
  return { members: identities(members), families: held, marks: ours };
}

/** The members as a list. */
export function membersOf(tree: Tree): readonly Identity[] {
  return [...tree.members.values()];
}

function writesTo({ output, outputFile }: TreeQuery, { pid }: ProcessRow, { outputsOf }: TreeReaders): boolean {
  if (output === undefined && outputFile === undefined) return false;
  return outputsOf(pid).some((path) => path === outputFile || (output !== undefined && path.includes(output)));
}

/**
 * What was read beside a table is as old as the table. All trees that are grown from it share it, so a hundred runs
 * cost one reading.
 */
const READERS = new WeakMap<ProcessTable, { name: string; readers: TreeReaders }>();

/** What is read of the machine as it is; all trees of one table share it. */
export function liveReaders(table: ProcessTable, marker = ''): TreeReaders {
  const name = marker.slice(0, marker.indexOf('=') + 1);
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

function candidates(query: TreeQuery, table: ProcessTable, self: number): ProcessRow[] {
  const since = startOrder(query.since ?? query.root.startTime);
  const exclude = query.exclude ?? [];
  const found: ProcessRow[] = [];
  for (const { row, order } of livingOf(table)) {
    if (order >= since && row.pid !== self && !exclude.some((identity) => isSame(row, identity))) found.push(row);
  }
  return found;
}

/** The living processes with their start order, worked out once for each table, not once for each of a hundred runs. */
const LIVING = new WeakMap<ProcessTable, readonly { readonly row: ProcessRow; readonly order: number }[]>();

function livingOf(table: ProcessTable): readonly { readonly row: ProcessRow; readonly order: number }[] {
  const known = LIVING.get(table);
  if (known !== undefined) return known;
  const rows = [...table.values()].filter((row) => row.pid > 1 && !isDead(row));
  const living = rows.map((row) => ({ row, order: startOrder(row.startTime) }));
  LIVING.set(table, living);
  return living;
}

function identities(rows: ReadonlyMap<number, ProcessRow>): ReadonlyMap<number, Identity> {
  return new Map([...rows].map(([pid, { startTime }]) => [pid, { pid, startTime }]));
}
