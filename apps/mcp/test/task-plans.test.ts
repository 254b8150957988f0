import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeTaskId, type WaitPlan } from '../src/call/task-id.ts';
import { openTaskPlans } from '../src/call/task-plans.ts';

const plan: WaitPlan = { at: 1, tool: 'wait_run', cwd: '/p', input: { any: true }, runs: [{ step: 'a', id: 'x' }] };

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'pm-plans-'));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));
const folder = (): string => join(state, 'process-monitor/tasks');

test('a plan is found by every server of this user, and nobody else can read it', () => {
  const id = openTaskPlans({ XDG_STATE_HOME: state }).save(plan);
  expect(id.length).toBeLessThanOrEqual(24);
  expect(openTaskPlans({ XDG_STATE_HOME: state }).find(id)).toEqual(plan);
  expect([statSync(folder()).mode & 0o777, statSync(join(folder(), id)).mode & 0o777]).toEqual([0o700, 0o600]);
});

test('below the home, if the state has no folder of its own', () => {
  const id = openTaskPlans({ HOME: state, XDG_STATE_HOME: 'not/absolute' }).save(plan);
  expect(existsSync(join(state, '.local/state/process-monitor/tasks', id))).toBe(true);
});

test('a plan that cannot be written is in the id', () => {
  const { cwd: _, ...rest } = plan;
  writeFileSync(join(state, 'file'), '');
  for (const env of [{}, { XDG_STATE_HOME: join(state, 'file') }]) {
    const plans = openTaskPlans(env);
    expect(plans.find(plans.save(plan))).toEqual(rest);
    expect(decodeTaskId(plans.save(plan))).toEqual(rest);
  }
});

test('a plan of last month is removed, and no other file', () => {
  mkdirSync(folder(), { recursive: true });
  for (const name of ['wait-AAAAAAAAAAAAAAAA', 'wait-BBBBBBBBBBBBBBBB', 'notes'])
    writeFileSync(join(folder(), name), '');
  const old = Date.now() / 1_000 - 40 * 86_400;
  for (const name of ['wait-AAAAAAAAAAAAAAAA', 'notes']) utimesSync(join(folder(), name), old, old);
  const id = openTaskPlans({ XDG_STATE_HOME: state }).save(plan);
  expect(readdirSync(folder()).sort()).toEqual(['notes', 'wait-BBBBBBBBBBBBBBBB', id].sort());
});

describe('no plan is', () => {
  const NAME = 'wait-AAAAAAAAAAAAAAAA';
  test.each<[what: string, write: (file: string) => void]>([
    ['nothing', () => {}],
    ['an empty file', (file) => writeFileSync(file, '')],
    ['what is no JSON', (file) => writeFileSync(file, '{"at":1,')],
    ['another tool', (file) => writeFileSync(file, JSON.stringify({ ...plan, tool: 'stop_run' }))],
    ['a folder that is no text', (file) => writeFileSync(file, JSON.stringify({ ...plan, cwd: 7 }))],
    ['a folder', (file) => mkdirSync(file)],
    ['a link', (file) => symlinkSync(join(state, 'plan'), file)],
    [
      'more than we ever wrote',
      (file) => writeFileSync(file, JSON.stringify({ ...plan, input: { x: 'y'.repeat(2e6) } })),
    ],
  ])('%s', (_, write) => {
    writeFileSync(join(state, 'plan'), JSON.stringify(plan));
    mkdirSync(folder(), { recursive: true });
    write(join(folder(), NAME));
    expect(openTaskPlans({ XDG_STATE_HOME: state }).find(NAME)).toBeUndefined();
  });

  test.each(['', 'wait-', '../plan', 'wait-../../../../pla', 'wait-AAAAAAAAAAAAAAA/', `${NAME}A`])('%j', (id) => {
    mkdirSync(folder(), { recursive: true });
    chmodSync(folder(), 0o700);
    expect(openTaskPlans({ XDG_STATE_HOME: state }).find(id)).toBeUndefined();
  });
});
