import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isDead, isSame, type ProcessRow, startOrder } from '../process-table.ts';
import { isExcluded } from './exclusion.ts';
import { familiesLedBy, familyKey, rootFamilies, stillHeld } from './families.ts';
import { growTree } from './grow-tree.ts';
import { markKey, readMarks } from './marks.ts';
import { otherRunsIn } from './other-runs.ts';
import { admitRelatives } from './relatives.ts';
import type { Tree, TreeQuery } from './tree.ts';
import type { TreeReaders } from './tree-readers.ts';

const ROOT = { pid: 10, startTime: '1000' };
const QUERY: TreeQuery = {
  root: ROOT,
  marker: 'PM_RUN_ID=abc',
  exclude: [{ pid: 11, startTime: '999' }],
  cgroup: '/cgroup',
  output: '/runs/abc/',
  outputFile: '/project/job.log',
};

/** Few, so that many are related. */
const pid = fc.integer({ min: 2, max: 14 });
const leader = fc.constantFrom(5, 7, 10, 12);
const program = fc.record({
  row: fc.record({
    pid,
    ppid: fc.oneof(fc.constant(1), pid),
    pgid: leader,
    sid: fc.oneof(fc.constant(0), leader),
    state: fc.constantFrom('S', 'S', 'S', 'T', 'Z'),
    startTime: fc.constantFrom('998', '999', '1000', '1001', '1050', '1200', 'unknown'),
    cpuMs: fc.constant(0),
    command: fc.constantFrom('sh', 'job'),
  }),
  environ: fc.constantFrom(
    undefined,
    'HOME=/home/me',
    'A=1\0PM_RUN_ID=abc',
    'PM_RUN_ID=xyz',
    'PM_RUN_ID=supervisor-of-xyz',
    'PM_RUN_ID=',
    'PM_RUN_ID=resident',
    'PM_RUN_ID=xyz\0PM_RUN_ID=abc',
    'PM_RUN_ID=supervisor-of-abc\0PM_RUN_ID=xyz',
    'OTHER=1',
    'OTHER=2\0PM_RUN_ID=abc',
    'OTHER=supervisor-of-2',
  ),
  outputs: fc.constantFrom([], ['/dev/null'], ['/dev/null', '/a/runs/abc/log'], ['/project/job.log']),
  isInCgroup: fc.boolean(),
});
type Program = typeof program extends fc.Arbitrary<infer T> ? T : never;

const scan = fc.tuple(
  fc.uniqueArray(program, { maxLength: 14, selector: ({ row }) => row.pid }),
  fc.boolean(),
  fc.constantFrom(60, 12),
);

/** Several runs that share a table: with another start, another name of the marker, or none. */
const QUERIES: readonly TreeQuery[] = [
  { ...QUERY, root: { pid: 12, startTime: '1050' }, marker: 'PM_RUN_ID=xyz', output: '/runs/xyz/' },
  { root: ROOT, marker: 'OTHER=1' },
  QUERY,
  { root: ROOT },
  { ...QUERY, since: '998' },
];

test('only the related processes are looked at, and the tree is the same as if all were', () => {
  fc.assert(
    fc.property(scan, fc.option(scan, { nil: undefined }), (now, earlier) => {
      const [seen, present] = [earlier && machineOf(earlier), machineOf(now)];
      for (const query of QUERIES) {
        const remembered = seen && growTree(query, undefined, seen.table, seen.readers);
        const tree = growTree(query, remembered, present.table, present.readers);
        expect(listed(tree)).toEqual(listed(treeOfAll(query, remembered, present)));
      }
    }),
    { numRuns: 2_000 },
  );
});

type Machine = ReturnType<typeof machineOf>;

function machineOf([programs, hasRoot, self]: [Program[], boolean, number]) {
  const rows: ProcessRow[] = programs.map(({ row }) => row);
  const root = { ...ROOT, ppid: 1, pgid: 10, sid: 10, state: 'S', cpuMs: 0, command: 'job' };
  const table = new Map([...rows, ...(hasRoot ? [root] : [])].map((row) => [row.pid, row]));
  const of = (pid: number) => programs.find(({ row }) => row.pid === pid);
  const readers: TreeReaders = {
    environOf: (pid) => of(pid)?.environ,
    outputsOf: (pid) => of(pid)?.outputs ?? [],
    cgroupMembers: () => programs.filter(({ isInCgroup }) => isInCgroup).map(({ row }) => row.pid),
    nowOrder: () => 1300,
    self,
  };
  return { table, readers };
}

/** Also the order of its parts. */
function listed({ members, families, marks }: Tree) {
  return { members: [...members], families: [...families], marks: [...marks] };
}

/** The rules of `growTree`, for every process of the table. */
function treeOfAll(query: TreeQuery, remembered: Tree | undefined, { table, readers }: Machine): Tree {
  const { root, exclude = [], marker, cgroup, output, outputFile } = query;
  const since = startOrder(query.since ?? root.startTime);
  const rows = [...table.values()].filter(
    (row) =>
      row.pid > 1 &&
      !isDead(row) &&
      startOrder(row.startTime) >= since &&
      row.pid !== readers.self &&
      !exclude.some((identity) => isSame(row, identity)),
  );
  const marks = readMarks(marker, rows, remembered?.marks, readers.environOf);
  const inCgroup = new Set(cgroup === undefined ? [] : readers.cgroupMembers(cgroup));
  const families = new Map(remembered?.families ?? rootFamilies(root, table));
  const members = new Map<number, ProcessRow>();
  const remember = (row: ProcessRow): void => {
    for (const family of familiesLedBy(row)) families.set(familyKey(family), family);
  };
  const admit = (row: ProcessRow): void => {
    members.set(row.pid, row);
    remember(row);
  };
  const rootRow = table.get(root.pid);
  if (rootRow !== undefined && isSame(rootRow, root)) remember(rootRow);
  const isOfOther = marker === undefined ? () => false : otherRunsIn(rows, marker, readers.environOf);
  const writes = ({ pid }: ProcessRow): boolean =>
    readers.outputsOf(pid).some((path) => path === outputFile || (output !== undefined && path.includes(output)));
  const outsiders = rows.filter((row) => {
    const mark = marks.get(markKey(row));
    if (isSame(row, root)) admit(row);
    else if (mark === 'foreign' && !inCgroup.has(row.pid) && isOfOther(row)) return false;
    else if (isSame(row, remembered?.members.get(row.pid))) admit(row);
    else if (isExcluded(row, root, exclude, table)) return false;
    else if (mark === 'ours' || inCgroup.has(row.pid) || writes(row)) admit(row);
    else return true;
    return false;
  });
  admitRelatives(outsiders, members, families, table, admit);
  return {
    members: new Map([...members].map(([pid, { startTime }]) => [pid, { pid, startTime }])),
    families: stillHeld(families, members, table, readers.nowOrder()),
    marks: new Map([...marks].filter(([, mark]) => mark === 'ours')),
  };
}
