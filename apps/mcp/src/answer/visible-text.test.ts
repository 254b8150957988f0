import { expect, test } from 'vitest';
import { visibleText, visibleValue } from './visible-text.ts';

test.each<[what: string, given: string, told: string]>([
  ['letters of any script stay', 'é 日本 👍', 'é 日本 👍'],
  ['tabs and line ends stay', 'a\tb\nc', 'a\tb\nc'],
  ['control characters go', 'a\u0000\u001b[2Jb\u009b', 'a[2Jb'],
  ['what hides or reverses goes', 'a\u200bb\u202ec\u2066d\ufeff', 'abcd'],
  ['letters that nobody sees go', 'a\u{e0049}\u{e0067}b', 'ab'],
  ['odd line ends are line ends', 'a\u2028b\u0085c', 'a\nb\nc'],
])('%s', (_, given, told) => expect(visibleText(given)).toBe(told));

test('in a result as well, names of fields included', () => {
  expect(visibleValue({ 'k\u200b': ['v\u0007', 1, null, { deep: '\u202ex' }] })).toEqual({
    k: ['v', 1, null, { deep: 'x' }],
  });
});
