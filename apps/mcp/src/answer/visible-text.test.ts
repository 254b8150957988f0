import { expect, test } from 'vitest';
import { visibleText, visibleValue } from './visible-text.ts';

test('a text keeps what its reader can see', () => {
  expect(visibleText('é 日本\t👍\u0000\u001b[2J\u200b\u{e0049}\u2028end')).toBe('é 日本\t👍\nend');
});

test('in a result as well, names of fields included', () => {
  expect(visibleValue({ 'k\u200b': ['v\u0007', 1, null, { deep: '\u202ex' }] })).toEqual({
    k: ['v', 1, null, { deep: 'x' }],
  });
});
