import { expect, test } from 'vitest';
import type { BatchLine } from './batch-lines.ts';
import { batchNameOf, nameSteps } from './step-names.ts';

test.each([
  ['/home/ada/sweep.jsonl', 'sweep'],
  ['args.txt', 'args'],
  ['my jobs (2).jsonl', 'my-jobs-2-'],
  ['.jsonl', 'batch'],
  ['größe', 'gr-e'],
  ['…', 'batch'],
  [`${'x'.repeat(90)}.jsonl`, 'x'.repeat(50)],
])('the batch of %s is %s', (file, name) => expect(batchNameOf(file)).toBe(name));

test.each<[what: string, lines: BatchLine[], known: [string, string][], steps: string[]]>([
  ['lines without a key are numbered', [line('h1'), line('h2')], [], ['b-1', 'b-2']],
  ['a key names its step', [line('h1'), keyed('lr0.1')], [], ['b-1', 'b-lr0.1']],
  ['a key that cannot be in a name does not', [keyed('lr=0.1'), keyed('a b')], [], ['b-1', 'b-2']],
  ['a key that is a number goes before the numbers', [line('h1'), keyed('1')], [], ['b-3', 'b-1']],
  ['a line that has run keeps its step', [line('new'), line('h1')], [['h1', 'b-1']], ['b-3', 'b-1']],
  ['a step of a line that is gone is not taken again', [line('new')], [['old', 'b-1']], ['b-2']],
])('%s', (_, lines, known, steps) => {
  const names = nameSteps('b', lines, new Map(known));
  expect(lines.map(({ key }) => names.get(key))).toEqual(steps);
});

function line(key: string): BatchLine {
  return { n: 1, command: ['true'], key, isKeyGiven: false, cwd: '/', options: {} };
}

function keyed(key: string): BatchLine {
  return { ...line(key), isKeyGiven: true };
}
