import { expect, test } from 'vitest';
import { withCount } from './with-count.ts';

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a, b'],
  [['a', 'b', 'c'], 'a, b and 1 more'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b and 3 more'],
])('of %j at most two are named: %s', (items, text) => {
  expect(withCount(items, 2)).toBe(text);
});

test('the separator can be another one', () => {
  expect(withCount(['a', 'b', 'c'], 2, '; ')).toBe('a; b and 1 more');
});
