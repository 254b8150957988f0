import { expect, test } from 'vitest';
import { decodeTaskId, encodeTaskId, type WaitPlan } from './task-id.ts';

const plan: WaitPlan = { at: 1, tool: 'wait_run', input: { any: true }, runs: [{ step: 'a', id: 'x' }] };
const word = (value: unknown): string => `wait-${Buffer.from(JSON.stringify(value)).toString('base64url')}`;

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
