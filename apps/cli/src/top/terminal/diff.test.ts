import { expect, test } from 'vitest';
import { clip, fold } from '../draw/clip.ts';
import { difference } from './diff.ts';

const readable = (text: string): string => text.replaceAll('\u001b', '^');
const frame = (...lines: string[]) => ({ lines, cursor: { row: 0, column: 0 } });

test('only rows that differ are written', () => {
  const text = difference(frame('a', 'b', 'c'), frame('a', 'x', 'c'));
  expect(text).toContain('\u001b[2;1H');
  expect(text).toContain('x');
  expect(readable(text)).not.toMatch(/\^\[[13];1H\^\[0m/);
});

test('a screen that is the same needs nothing', () => {
  expect(difference(frame('a'), frame('a'))).toBe('');
});

test('a new size is drawn whole', () => {
  expect(difference(frame('a'), frame('a', 'b'))).toContain('a');
});

test('each write leaves a cursor that is seen, a terminal that wraps, and no colours', () => {
  const text = difference(undefined, frame('\u001b[31mred'));
  expect(readable(text)).toMatch(/\^\[\?25l\^\[\?7l.*red.*\^\[0m\^\[\?7h\^\[\?25h\^\[1;1H$/s);
});

test.each([
  ['what fits stays', 'abc', 3, 0, 'abc'],
  ['more is cut', 'abcd', 3, 0, 'abc'],
  ['half of a wide letter is none of it', '日本', 3, 0, '日'],
  ['colours take no room and end', '\u001b[31mabcd', 2, 0, '\u001b[31mab\u001b[0m'],
  ['from a later column on', 'abcdef', 2, 3, 'de'],
])('clip: %s', (_what, line, columns, from, expected) => {
  expect(clip(line, columns, from)).toBe(expected);
});

test('fold breaks a long line, and shows that its rows belong together', () => {
  expect(fold('a'.repeat(30), 20, 4)).toEqual(['a'.repeat(20), `    ${'a'.repeat(10)}`]);
  expect(fold('short', 20, 4)).toEqual(['short']);
});
