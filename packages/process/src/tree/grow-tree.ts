import { cgroupMembers } from '../cgroup.ts';
import type { Identity } from '../identity.ts';
import { platform } from '../platform/current.ts';
import { isDead, isSame, type ProcessRow, type ProcessTable, startOrder } from '../process-table.ts';
import { isExcluded } from './exclusion.ts';
import { type Families, familiesLedBy, familyKey, rootSession, stillHeld } from './families.ts';
import { entriesNamed, type Marks, markKey, readMarks } from './marks.ts';
import { admitRelatives } from './relatives.ts';

/** The live processes of one run, and what the next scan needs to find those that get away. Immutable. */
export interface Tree {
  readonly members: ReadonlyMap<number, Identity>;
  /** Sessions and groups that members lead or led. */
  readonly families: Families;
  /** The members' own marks, which stay theirs whatever a process writes over its environment later. */
  readonly marks: Marks;
}

/** What makes a process part of a run. */
export interface TreeQuery {
  /** The command: everything in the tree started no earlier than it, unless `since` says from when on. */
  readonly root: Identity;
  /** Start time of who came before the root: of a root that is not the first of its tree. */
  readonly since?: string;
  /** Environment entry that the command's descendants inherit, such as `PM_RUN_ID=abc`. */
  readonly marker?: string;
  /** Never members, nor are their descendants outside the root's: the wrapper and its beat loop. */
  readonly exclude?: readonly Identity[];
  /** Folder of the run's own cgroup v2; who is in it is in the tree. */
  readonly cgroup?: string;
  /** A part of the path of the run's own log: whoever writes there is in the tree, though it shed environment and parents. */
  readonly output?: string;
}

/** What growing a tree asks of the machine besides the table. */
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
 * The tree as this table shows it. Members are the root; children of members; who is in a session or group that a member leads;
 * who carries the marker; who is in the cgroup; who writes to the run's log; and every remembered member still alive (`env -i` sheds the marker, a double fork
 * the parent). Not zombies, not processes older than the root, not ourselves, not the excluded,
 * not a process that carries the marker's name with another value: a run started from within this one stands on its own.
 *
 * Start times decide what is older, never pids: they wrap (psutil assumed otherwise for 13 years).
 * One scan cannot see a process that forks behind it: whoever needs certainty grows until two scans agree.
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
  const families = new Map(remembered?.families ?? rootSession(query.root));
  const members = new Map<number, ProcessRow>();
  const remember = (row: ProcessRow) => {
    for (const family of familiesLedBy(row)) families.set(familyKey(family), family);
  };
  const admit = (row: ProcessRow) => {
    members.set(row.pid, row);
    remember(row);
  };

  const root = table.get(query.root.pid);
  if (root !== undefined && isSame(root, query.root)) remember(root); // a zombie, too, tells which session it led
  const outsiders: ProcessRow[] = [];
  for (const row of rows) {
    const mark = marks.get(markKey(row));
    if (isSame(row, query.root)) admit(row);
    else if (mark === 'foreign') continue;
    else if (isSame(row, remembered?.members.get(row.pid))) admit(row);
    else if (isExcluded(row, query.root, query.exclude ?? [], table)) continue;
    else if (mark === 'ours' || inCgroup.has(row.pid) || writesTo(query.output, row, readers)) admit(row);
    else outsiders.push(row);
  }
  admitRelatives(outsiders, members, families, table, admit);
  // Of a hundred runs each would remember the marks of ninety-nine others: what is foreign is read again with the next table.
  const ours = new Map([...marks].filter(([, mark]) => mark === 'ours'));
  const held = stillHeld(families, members, table, readers.nowOrder());
  return { members: identities(members), families: held, marks: ours };
}

/** The members as a list. */
export function membersOf(tree: Tree): readonly Identity[] {
  return [...tree.members.values()];
}

function writesTo(output: string | undefined, { pid }: ProcessRow, { outputsOf }: TreeReaders): boolean {
  return output !== undefined && outputsOf(pid).some((path) => path.includes(output));
}

/** What was read beside a table is as old as the table: all trees grown from it share it, and a hundred runs cost one reading. */
const READERS = new WeakMap<ProcessTable, { name: string; readers: TreeReaders }>();

function liveReaders(table: ProcessTable, marker = ''): TreeReaders {
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

/** Who lives, with its place in time: asked of every row by each of a hundred runs, told once for each table. */
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
