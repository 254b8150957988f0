import { expect, test } from 'vitest';
import { entriesNamed, markOf, readMarks } from './marks.ts';

const MARKER = 'PM_RUN_ID=abc';

test.each([
  ['the entry as it is', 'A=1\0PM_RUN_ID=abc\0B=2', 'ours'],
  ['the entry first', 'PM_RUN_ID=abc\0B=2\0', 'ours'],
  ['another run', 'A=1\0PM_RUN_ID=abd\0', 'foreign'],
  ['a longer value', 'PM_RUN_ID=abcd', 'foreign'],
  ['an empty value', 'PM_RUN_ID=\0B=2', 'none'],
  ['the name inside another name', 'OLD_PM_RUN_ID=abc\0B=PM_RUN_ID=abc', 'none'],
  ['an environment that was shed', '', 'none'],
])('%s', (_, environ, mark) => {
  expect(markOf(environ, MARKER)).toBe(mark);
});

test.each([
  ['A=1\0PM_RUN_ID=abc\0B=2', 'PM_RUN_ID=abc'],
  ['OLD_PM_RUN_ID=abc\0B=PM_RUN_ID=abc', ''],
  ['', ''],
  [undefined, ''],
])('of %j only what tells the mark is kept', (environ, kept) => {
  expect(entriesNamed('PM_RUN_ID=', environ)).toBe(kept);
});

test('strangers are not remembered', () => {
  expect(readMarks(MARKER, [row('node')], undefined, () => 'A=1').size).toBe(0);
});

const row = (command: string, startTime = '10') => ({
  pid: 7,
  ppid: 1,
  pgid: 7,
  sid: 7,
  state: 'S',
  startTime,
  cpuMs: 0,
  command,
});

test('an environment is read once, and again after an exec or for another process of that pid', () => {
  let reads = 0;
  const environOf = () => {
    reads += 1;
    return 'PM_RUN_ID=abc';
  };
  const first = readMarks(MARKER, [row('node')], undefined, environOf);
  const second = readMarks(MARKER, [row('node')], first, environOf);
  expect(reads).toBe(1);
  readMarks(MARKER, [row('sh')], second, environOf);
  readMarks(MARKER, [row('node', '11')], second, environOf);
  expect(reads).toBe(3);
});

test('an environment that reads empty is read again: it may have been an exec half done', () => {
  const half = readMarks(MARKER, [row('node')], undefined, () => '');
  const whole = readMarks(MARKER, [row('node')], half, () => 'PM_RUN_ID=abc');
  expect([...half.values(), ...whole.values()]).toEqual(['ours']);
});

test('without a marker nothing is read', () => {
  const refuse = () => {
    throw new Error('read');
  };
  expect(readMarks(undefined, [row('node')], undefined, refuse).size).toBe(0);
});
