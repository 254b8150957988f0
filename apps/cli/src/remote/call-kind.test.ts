import { expect, test } from 'vitest';
import { budgetOf, kindOfCall, passesInput } from './call-kind.ts';

test.each([
  ['ls', ''],
  ['who', ''],
  ['stop train', 'once'],
  ['down', 'once'],
  ['logs train', ''],
  ['--version', ''],
  ['start --help', ''],
  ['help start', ''],
  ['start train', 'once'],
  ['of-a-newer-pm', 'once'],
  ['extend train +30m', 'once'],
  ['queue', 'once'],
  ['start train -- x --wait', 'once'],
  ['start --wait -- x', 'once waits'],
  ['run -- x', 'once waits'],
  ['batch jobs.jsonl', 'once waits'],
  ['wait', 'once waits lingers'],
  ['watch', 'once waits lingers'],
  ['logs -f train', 'once waits lingers'],
  ['logs train --follow', 'once waits lingers'],
])('pm %s', (call, expected) => {
  const kind = Object.entries(kindOfCall(call.split(' ')));
  expect(kind.flatMap(([name, is]) => (is ? [name] : [])).join(' ')).toBe(expected);
});

test('a budget is read, and anything else is none', () => {
  const calls = ['--budget 9m', '--budget=1.5h', '--budget', '--budget soon', '', 'run -- x --budget 10s'];
  const budgets = calls.map((words) => budgetOf(words.split(' ')));
  expect(budgets).toEqual([540_000, 5_400_000, undefined, undefined, undefined, undefined]);
});

test('input is passed on by --stdin, but not by --stdin open or one of the command', () => {
  const calls = ['run --stdin -- x', 'run --stdin open -- x', 'run -- x --stdin'];
  expect(calls.map((call) => passesInput(call.split(' ')))).toEqual([true, false, false]);
});
