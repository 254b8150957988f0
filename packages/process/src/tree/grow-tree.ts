import type { Identity } from '../identity.ts';
import { isSame, type ProcessRow, type ProcessTable, startOrder } from '../process-table.ts';
import { evidenceOf } from './evidence-index.ts';
import { isExcluded } from './exclusion.ts';
import { familiesLedBy, familyKey, rootFamilies, stillHeld } from './families.ts';
import { markKey, markName, readMarks } from './marks.ts';
import { otherRuns } from './other-runs.ts';
import { hasLog, isLogOf, relatedRows } from './related-rows.ts';
import { admitRelatives } from './relatives.ts';
import type { LivingRow } from './table-index.ts';
import type { Tree, TreeQuery } from './tree.ts';
import { liveReaders, type TreeReaders } from './tree-readers.ts';

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
  const since = startOrder(query.since ?? query.root.startTime);
  const exclude = query.exclude ?? [];
  const isCandidate = ({ row, order }: LivingRow): boolean =>
    order >= since && row.pid !== readers.self && !exclude.some((identity) => isSame(row, identity));
  const inCgroup = new Set(query.cgroup === undefined ? [] : readers.cgroupMembers(query.cgroup));
  const families = new Map(remembered?.families ?? rootFamilies(query.root, table));
  const evidence = evidenceOf(table, markName(query.marker), readers);
  const related = relatedRows(query, remembered, table, evidence, { families, inCgroup }, since);
  const rows = related.filter(isCandidate).map(({ row }) => row);
  const marks = readMarks(query.marker, rows, remembered?.marks, readers.environOf);
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
  const isSupervised = (runId: string): boolean => evidence.supervisorsOf(runId, since).some(isCandidate);
  const isOfOther = otherRuns(query.marker, readers.environOf, isSupervised);
  const outsiders: ProcessRow[] = [];
  for (const row of rows) {
    const mark = marks.get(markKey(row));
    if (isSame(row, query.root)) admit(row);
    else if (mark === 'foreign' && !inCgroup.has(row.pid) && isOfOther(row)) continue;
    else if (isSame(row, remembered?.members.get(row.pid))) admit(row);
    else if (isExcluded(row, query.root, exclude, table)) continue;
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

function writesTo(query: TreeQuery, { pid }: ProcessRow, { outputsOf }: TreeReaders): boolean {
  return hasLog(query) && outputsOf(pid).some((path) => isLogOf(query, path));
}

function identities(rows: ReadonlyMap<number, ProcessRow>): ReadonlyMap<number, Identity> {
  return new Map([...rows].map(([pid, { startTime }]) => [pid, { pid, startTime }]));
}
