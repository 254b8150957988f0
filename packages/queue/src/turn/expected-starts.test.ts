import { expect, test } from 'vitest';
import { expectedStarts } from './expected-starts.ts';

test.each<[string, (number | undefined)[], (number | undefined)[], number, (number | undefined)[]]>([
  ['nobody runs: at once, and then one after the other', [], [5, 7, 1], 1, [0, 5, 12]],
  ['after the running one', [10], [5, 7], 1, [10, 15]],
  ['two slots share', [10, 20], [5, 5, 5], 2, [10, 15, 20]],
  ['a free slot beside a running one', [10], [5, 5], 2, [0, 5]],
  ['nobody knows how long the running one takes', [undefined], [5], 1, [undefined]],
  ['nobody knows how long the first takes', [], [undefined, 5], 1, [0, undefined]],
  ['an unknown one holds one slot only', [undefined, 3], [5, 5], 2, [3, 8]],
  ['more run than there are slots', [1, 4], [5], 1, [4]],
])('%s', (_, remaining, durations, slots, expected) => {
  expect(expectedStarts(remaining, durations, slots)).toEqual(expected);
});
