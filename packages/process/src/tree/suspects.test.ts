import { describe, expect, test } from 'vitest';
import type { ProcessRow } from '../process-table.ts';
import { type SuspectReaders, suspectsOf } from './suspects.ts';

// The wrapper (90) was adopted by 1; its command (100) has one child (101) that is in the tree. 200 is the one that is asked about.
const ROOT = { pid: 100, startTime: '1000' };
const WRAPPER = { pid: 90, startTime: '900' };
const QUERY = { root: ROOT, wrapper: WRAPPER, marker: 'PM_RUN_ID=abc' };
const OTHERS = [
  row({ pid: 40, ppid: 30, sid: 40, startTime: '100' }),
  row({ ...WRAPPER, ppid: 1, sid: 90 }),
  row({ ...ROOT, ppid: 90, sid: 100 }),
  row({ pid: 101, ppid: 100, sid: 100, startTime: '1001' }),
];
const TREE = { members: new Map([100, 101].map((pid) => [pid, { pid, startTime: '1000' }])) };

describe('is a suspect', () => {
  test.each<[string, Partial<ProcessRow>, Situation]>([
    ['an orphan in a session whose leader is gone', { sid: 199 }, {}],
    ['an orphan in a session of its own', { sid: 200 }, {}],
    [
      'an orphan in the session of another young orphan',
      { sid: 210 },
      { more: [row({ pid: 210, startTime: '1500' })] },
    ],
    ['one that started in the same tick as the command', { startTime: '1000' }, {}],
    ['one that names a run without a wrapper', {}, { environs: { 200: 'PM_RUN_ID=xyz' } }],
    ['one with another effective user', {}, { users: [1000, 0, 0] }],
    ['one of another user, for root', {}, { users: [33, 33, 33], user: 0 }],
    ['one in a cgroup below that of the run', {}, { cgroup: '0::/user/session-3/sub' }],
    ['one whose environment cannot be read', {}, { environs: {} }],
    ['a stopped one', { state: 'T' }, {}],
    ['one whom the service manager has adopted, as it has the wrapper', { ppid: 5 }, { adopter: 5 }],
  ])('%s', (_, patch, situation) => {
    expect(suspects(patch, situation)).toEqual([200]);
  });
});

describe('is no suspect', () => {
  test.each<[string, Partial<ProcessRow>, Situation]>([
    ['one that is older than the command', { startTime: '999' }, {}],
    ['one that has a parent', { ppid: 40 }, {}],
    ['one in a session that is older than the run', { sid: 40 }, {}],
    ['one of another user', {}, { users: [33, 33, 33] }],
    ['one whose user is not known', {}, { users: [] }],
    ['one in the cgroup of another login', {}, { cgroup: '0::/user/session-4' }],
    ['one in a cgroup of a similar name', {}, { cgroup: '0::/user/session-30' }],
    ['one of another run', {}, { environs: { 200: 'PM_RUN_ID=xyz', 40: 'PM_RUN_ID=supervisor-of-xyz' } }],
    ['the wrapper of another run', {}, { environs: { 200: 'PM_RUN_ID=supervisor-of-xyz' } }],
    ['the resident monitor', {}, { environs: { 200: 'PM_RUN_ID=resident' } }],
    ['a zombie', { state: 'Z' }, {}],
    ['ourselves', {}, { self: 200 }],
    ['a member of the tree', {}, { members: [200] }],
    ['anybody where cgroups are not known', {}, { cgroup: '' }],
  ])('%s', (_, patch, situation) => {
    expect(suspects(patch, situation)).toEqual([]);
  });
});

interface Situation {
  readonly environs?: Readonly<Record<number, string>>;
  readonly users?: readonly number[];
  readonly user?: number;
  readonly cgroup?: string;
  readonly adopter?: number;
  readonly self?: number;
  readonly members?: readonly number[];
  readonly more?: readonly ProcessRow[];
}

function suspects(patch: Partial<ProcessRow>, situation: Situation): number[] {
  const { environs = {}, users = [1000, 1000, 1000], user = 1000, cgroup = '0::/user/session-3' } = situation;
  const others = OTHERS.map((one) => (one.pid === 90 ? { ...one, ppid: situation.adopter ?? 1 } : one));
  const table = new Map([...others, ...(situation.more ?? []), row(patch)].map((one) => [one.pid, one]));
  const readers: SuspectReaders = {
    environOf: (pid) => environs[pid],
    usersOf: () => users,
    cgroupsOf: (pid) => (pid === 200 || cgroup === '' ? cgroup : '0::/user/session-3'),
    self: situation.self ?? 60,
    user,
  };
  const members = new Map([
    ...TREE.members,
    ...(situation.members ?? []).map((pid) => [pid, { pid, startTime: '' }] as const),
  ]);
  return suspectsOf(QUERY, { members }, table, readers)
    .map(({ pid }) => pid)
    .filter((pid) => pid === 200);
}

function row(patch: Partial<ProcessRow>): ProcessRow {
  return { pid: 200, ppid: 1, pgid: 200, sid: 200, state: 'S', startTime: '2000', cpuMs: 0, command: 'job', ...patch };
}
