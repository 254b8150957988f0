import { expect, test } from 'vitest';
import { screenLines } from './list-screen.ts';

const END = '14:02 · Ctrl-C ends this';

test.each<[string, string[], number, string[]]>([
  ['a short list', ['a', 'b'], 6, ['a', 'b', '', '', END, '']],
  ['one that just fits', ['a', 'b', 'c', 'd'], 6, ['a', 'b', 'c', 'd', END, '']],
  ['one that does not', ['a', 'b', 'c', 'd', 'e'], 6, ['a', 'b', 'c', '… 2 more', END, '']],
  ['a terminal of three rows', ['a', 'b'], 3, ['… 2 more', END, '']],
  ['a terminal of one row', ['a'], 1, ['a']],
])('%s', (_, list, rows, expected) => expect(screenLines(list, rows, '14:02')).toEqual(expected));
