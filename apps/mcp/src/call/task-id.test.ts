import { expect, test } from 'vitest';
import { decodeTaskId, encodeTaskId, isShortTaskId, newTaskId, type WaitPlan } from './task-id.ts';

const plan: WaitPlan = { at: 1, tool: 'wait_run', input: { any: true }, runs: [{ step: 'a', id: 'x' }] };
const word = (value: unknown): string => `wait-${Buffer.from(JSON.stringify(value)).toString('base64url')}`;

test('a new id is short, and never the same', () => {
  const ids = Array.from({ length: 100 }, newTaskId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect([id.length <= 24, isShortTaskId(id), decodeTaskId(id)]).toEqual([true, true, undefined]);
});

test('a plan in an id names no folder, whatever the id says', () => {
  expect(decodeTaskId(encodeTaskId({ ...plan, cwd: '/etc' }))).toEqual(plan);
  expect(decodeTaskId(word({ ...plan, cwd: '/etc' }))).toEqual(plan);
});

test('a plan is its own name', () => expect(decodeTaskId(encodeTaskId(plan))).toEqual(plan));

test.each<[what: string, id: string]>([
  ['nothing', ''],
  ['a name without a plan', 'wait-'],
  ['a plan under another name', word(plan).slice(5)],
  ['what is no JSON', 'wait-AAAA'],
  ['no object', word(null)],
  ['another tool', word({ ...plan, tool: 'stop_run' })],
  ['no runs', word({ ...plan, runs: [] })],
  ['a run that is none', word({ ...plan, runs: [null] })],
  ['a list as input', word({ ...plan, input: [] })],
  ['an instant that no date can have', word({ ...plan, at: 9e15 })],
  ['more than we ever made', word({ ...plan, input: { x: 'y'.repeat(9_000) } })],
])('%s is no task', (_, id) => expect(decodeTaskId(id)).toBeUndefined());
