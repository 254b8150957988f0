import { describe, expect, test } from 'vitest';
import type { ProcessRow } from '../process-table.ts';
import { growTree } from './grow-tree.ts';
import type { Tree, TreeQuery } from './tree.ts';
import type { TreeReaders } from './tree-readers.ts';

// The starter (50) runs a wrapper (90) in a session of its own, with a beat loop (91) and its sleep (92); the command (100)
// leads a session, and has a child (101) that leads a group.
const ROOT = { pid: 100, startTime: '1000' };
const WRAPPER = { pid: 90, startTime: '900' };
const BEAT = { pid: 91, startTime: '901' };
const healthy = [
  row({ pid: 50, ppid: 1, sid: 50, pgid: 50, startTime: '500' }),
  row({ ...WRAPPER, ppid: 50, sid: 90, pgid: 90 }),
  row({ ...BEAT, ppid: 90, sid: 90, pgid: 90 }),
  row({ pid: 92, ppid: 91, sid: 90, pgid: 90, startTime: '1500' }),
  row({ ...ROOT, ppid: 90, sid: 100, pgid: 100 }),
  row({ pid: 101, ppid: 100, sid: 100, pgid: 101, startTime: '1001' }),
];
const MARKER = 'PM_RUN_ID=abc';
/** What the wrapper of another run carries. */
const OF_XYZ = 'PM_RUN_ID=supervisor-of-xyz';

describe('is in the tree', () => {
  test.each<[string, Partial<ProcessRow>[], Situation]>([
    ['a child', [{ ppid: 101 }], {}],
    [
      'a child listed before its parent',
      [
        { pid: 201, ppid: 202 },
        { pid: 202, ppid: 100 },
      ],
      {},
    ],
    ['a child with a smaller pid than its parent', [{ pid: 7, ppid: 100 }], {}],
    ['a process that started in the same tick as the root', [{ ppid: 100, startTime: '1000' }], {}],
    ['an orphan in the session of the root', [{ ppid: 1, sid: 100, pgid: 300 }], {}],
    ['an orphan in the group of a child', [{ ppid: 1, sid: 100, pgid: 101 }], {}],
    [
      'a child of such an orphan, in another session',
      [
        { pid: 201, ppid: 1, sid: 100 },
        { pid: 202, ppid: 201 },
      ],
      {},
    ],
    ["an orphan that writes to the run's log", [{ ppid: 1 }], { outputs: { 200: ['/dev/null', '/a/runs/abc/log'] } }],
    ['an orphan that carries the marker', [{ ppid: 1 }], { environs: { 200: `A=1\0${MARKER}` } }],
    ['an orphan in the cgroup', [{ ppid: 1 }], { inCgroup: [200] }],
    [
      'an orphan in the cgroup, whatever run it says it is of',
      [{ ppid: 1 }],
      { inCgroup: [200], environs: { 200: 'PM_RUN_ID=xyz', 300: 'PM_RUN_ID=supervisor-of-xyz' } },
    ],
    ['a child that says it is of a run without a wrapper', [{ ppid: 100 }], { environs: { 200: 'PM_RUN_ID=xyz' } }],
    ['one in the session of a child, of such a run', [{ ppid: 1, sid: 100 }], { environs: { 200: 'PM_RUN_ID=xyz' } }],
    ['a child with nonsense for a run', [{ ppid: 100 }], { environs: { 200: 'PM_RUN_ID=no run at all' } }],
    [
      'an orphan in the session of a child that is gone',
      [{ pid: 201, ppid: 1, sid: 200, pgid: 300 }],
      { seen: [{ pid: 200, ppid: 100, sid: 200, pgid: 200 }] },
    ],
    ['an orphan that was seen before', [{ ppid: 1 }], { seen: [{ pid: 200, ppid: 100 }] }],
    ['a stopped child', [{ ppid: 100, state: 'T' }], {}],
  ])('%s', (_, extra, situation) => {
    const rows = extra.map((patch) => row({ pid: 200, sid: 700, pgid: 700, ...patch }));
    expect(grow(rows, situation)).toEqual([100, 101, ...rows.map(({ pid }) => pid)].toSorted());
  });
});

test('what was there before the root is in the tree if it began no earlier than who came before it', () => {
  const left = row({ pid: 200, ppid: 1, sid: 700, pgid: 700, startTime: '950' });
  const stranger = row({ pid: 201, ppid: 1, sid: 701, pgid: 701, startTime: '899' });
  const environs = { 200: MARKER, 201: MARKER };
  expect(grow([left, stranger], { environs, since: WRAPPER.startTime })).toEqual([100, 101, 200]);
  expect(grow([left, stranger], { environs })).toEqual([100, 101]);
});

describe('is not in the tree', () => {
  test.each<[string, Partial<ProcessRow>, Situation]>([
    ['a stranger', {}, {}],
    ['a zombie child', { ppid: 100, state: 'Z' }, {}],
    ['a process older than the root that carries the marker', { startTime: '999' }, { environs: { 200: MARKER } }],
    ['a process older than the root in its cgroup', { startTime: '999' }, { inCgroup: [200] }],
    ['a process in the session of the starter', { sid: 50, pgid: 50 }, {}],
    ['a process in the session of the wrapper', { sid: 90, pgid: 90 }, {}],
    ['the child of an excluded process, though in the cgroup', { ppid: 91 }, { inCgroup: [200] }],
    ['the child of an excluded process, though it carries the marker', { ppid: 91 }, { environs: { 200: MARKER } }],
    ['another run, though a child', { ppid: 100 }, { environs: { 200: 'PM_RUN_ID=xyz', 92: OF_XYZ } }],
    ['the wrapper of another run, though a child', { ppid: 100 }, { environs: { 200: OF_XYZ } }],
    ['the resident monitor, though a child', { ppid: 100 }, { environs: { 200: 'PM_RUN_ID=resident' } }],
    ['an orphan that says it is of a run without a wrapper', {}, { environs: { 200: 'PM_RUN_ID=xyz' } }],
    [
      'another run, though seen before its exec said so',
      {},
      { seen: [{ pid: 200, ppid: 100, command: 'fork' }], environs: { 200: 'PM_RUN_ID=xyz', 92: OF_XYZ } },
    ],
    [
      'the process that took over the pid of a member seen before',
      { startTime: '3000' },
      { seen: [{ pid: 200, ppid: 100 }] },
    ],
    ['the group of a child, in another session', { pgid: 101, sid: 700 }, {}],
    ['ourselves', { ppid: 100 }, { self: 200 }],
  ])('%s', (_, patch, situation) => {
    const rows = [row({ pid: 200, ppid: 1, sid: 700, pgid: 700, ...patch })];
    expect(grow(rows, situation)).toEqual([100, 101]);
  });
});

describe('after the root', () => {
  const seen = tree(healthy, undefined, { now: 5000 });
  const after = (rows: ProcessRow[], situation: Situation = {}) => [...tree(rows, seen, situation).members.keys()];
  const orphan = row({ pid: 200, ppid: 1, sid: 100, pgid: 100, startTime: '9000' });

  test('its session is known by a root that is a zombie', () => {
    expect(after([row({ ...ROOT, sid: 100, pgid: 100, state: 'Z' }), orphan])).toEqual([200]);
  });

  test('its session is known by a member that is left', () => {
    const child = row({ pid: 101, ppid: 1, sid: 100, pgid: 101, startTime: '1001' });
    expect(after([child, orphan])).toEqual([101, 200]);
  });

  test('a child born within a second of the last look is known by the session alone', () => {
    expect(after([{ ...orphan, startTime: '5100' }])).toEqual([200]);
  });

  test('a session whose number no one held for longer may be a stranger’s', () => {
    expect(after([{ ...orphan, startTime: '5101' }])).toEqual([]);
  });

  test('a session is a stranger’s when its number is the pid of another process', () => {
    const stranger = row({ pid: 100, ppid: 1, sid: 100, pgid: 100, startTime: '5050' });
    expect(after([stranger, { ...orphan, startTime: '5060' }])).toEqual([]);
  });

  test('gone before the first look: its group in the session of a shell is known as well', () => {
    const member = (startTime: string) => row({ pid: 200, ppid: 1, sid: 50, pgid: 100, startTime });
    const first = (startTime: string) => [...tree([member(startTime)], undefined).members.keys()];
    expect(first('1100')).toEqual([200]);
    expect(first('1101')).toEqual([]);
  });

  test('gone before the first look: who writes to the log that is only its own', () => {
    const first = (path: string, startTime = '5000') => [
      ...tree([row({ startTime })], undefined, { outputs: { 200: [path] } }).members.keys(),
    ];
    expect(first('/project/job.log')).toEqual([200]);
    expect(first('/other/project/job.log'), 'another log that ends in the same way').toEqual([]);
    expect(first('/project/job.log', '999'), 'older than the run').toEqual([]);
  });

  test('gone before the first look: only who was born right after it is taken for its own', () => {
    const first = (startTime: string) => [...tree([{ ...orphan, startTime }], undefined).members.keys()];
    expect(first('1100')).toEqual([200]);
    expect(first('1101')).toEqual([]);
  });
});

interface Situation {
  readonly environs?: Readonly<Record<number, string>>;
  readonly outputs?: Readonly<Record<number, readonly string[]>>;
  readonly inCgroup?: readonly number[];
  readonly seen?: readonly Partial<ProcessRow>[];
  readonly self?: number;
  readonly now?: number;
  readonly since?: string;
}

/** The pids of the tree when these processes join the healthy ones. */
function grow(extra: readonly ProcessRow[], situation: Situation): number[] {
  const past = situation.seen?.map((patch) => row({ sid: 700, pgid: 700, ...patch }));
  const remembered = past && tree([...healthy, ...past], undefined);
  return [...tree([...extra, ...healthy], remembered, situation).members.keys()].toSorted();
}

function tree(rows: readonly ProcessRow[], remembered: Tree | undefined, situation: Situation = {}): Tree {
  const query: TreeQuery = {
    root: ROOT,
    marker: MARKER,
    exclude: [WRAPPER, BEAT],
    cgroup: '/cgroup',
    output: '/runs/abc/',
    outputFile: '/project/job.log',
    ...(situation.since !== undefined && { since: situation.since }),
  };
  const readers: TreeReaders = {
    environOf: (pid) => situation.environs?.[pid] ?? 'HOME=/home/me',
    outputsOf: (pid) => situation.outputs?.[pid] ?? ['/dev/null'],
    cgroupMembers: () => situation.inCgroup ?? [],
    nowOrder: () => situation.now ?? 2000,
    self: situation.self ?? 60,
  };
  return growTree(query, remembered, new Map(rows.map((r) => [r.pid, r])), readers);
}

function row(patch: Partial<ProcessRow>): ProcessRow {
  return { pid: 200, ppid: 1, pgid: 200, sid: 200, state: 'S', startTime: '2000', cpuMs: 0, command: 'job', ...patch };
}
