import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProcessRow } from '../process-table.ts';
import { rootFamilies } from './families.ts';
import { growTree } from './grow-tree.ts';
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
const number = fc.integer({ min: 2, max: 14 });
const leader = fc.constantFrom(5, 7, 10, 12);
const process = fc.record({
  row: fc.record({
    pid: number,
    ppid: fc.oneof(fc.constant(1), number),
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
  ),
  outputs: fc.constantFrom([], ['/dev/null'], ['/dev/null', '/a/runs/abc/log'], ['/project/job.log']),
  isInCgroup: fc.boolean(),
});
type Process = typeof process extends fc.Arbitrary<infer T> ? T : never;

const scan = fc.tuple(
  fc.uniqueArray(process, { maxLength: 14, selector: ({ row }) => row.pid }),
  fc.boolean(),
  fc.constantFrom(60, 12),
);

test('only the related processes are looked at, and the tree is the same as if all were', () => {
  fc.assert(
    fc.property(scan, fc.option(scan, { nil: undefined }), (now, earlier) => {
      const remembered = earlier && grow(earlier, undefined);
      expect(grow(now, remembered)).toEqual(grow(now, remembered, true));
    }),
    { numRuns: 3_000 },
  );
});

/** @param isOfAll looks at all processes: it remembers something of each pid, which is not a mark of any process */
function grow(
  [processes, hasRoot, self]: [Process[], boolean, number],
  remembered: Tree | undefined,
  isOfAll = false,
): Tree {
  const rows: ProcessRow[] = processes.map(({ row }) => row);
  const root = { ...ROOT, ppid: 1, pgid: 10, sid: 10, state: 'S', cpuMs: 0, command: 'job' };
  const table = new Map([...rows, ...(hasRoot ? [root] : [])].map((row) => [row.pid, row]));
  const of = (pid: number) => processes.find(({ row }) => row.pid === pid);
  const readers: TreeReaders = {
    environOf: (pid) => of(pid)?.environ,
    outputsOf: (pid) => of(pid)?.outputs ?? [],
    cgroupMembers: () => processes.filter(({ isInCgroup }) => isInCgroup).map(({ row }) => row.pid),
    nowOrder: () => 1300,
    self,
  };
  if (!isOfAll) return growTree(QUERY, remembered, table, readers);
  const { members, families, marks }: Tree = remembered ?? {
    members: new Map(),
    families: rootFamilies(ROOT, table),
    marks: new Map(),
  };
  const all = [...table.keys()].map((pid) => [`${pid} is looked at`, 'ours'] as const);
  return growTree(QUERY, { members, families, marks: new Map([...marks, ...all]) }, table, readers);
}
