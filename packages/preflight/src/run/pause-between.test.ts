import { expect, test } from 'vitest';
import { pauseBetween } from './pause-between.ts';

test.each<[string, sinceMs: number, tookMs: number, pauseMs: number]>([
  ['it is asked again at once at first', 0, 0, 5],
  ['the pause grows', 400, 1, 20],
  ['it is 25 ms after half a second', 500, 1, 25],
  ['and stays there while a server starts', 5_000, 1, 25],
  ['then it grows slowly', 60_000, 1, 300],
  ['and is bounded', 3_600_000, 1, 5_000],
  ['a check that takes long is asked for half of the time at most', 100, 800, 800],
  ['but at least every five seconds', 100, 30_000, 5_000],
])('%s', (_, sinceMs, tookMs, pauseMs) => expect(pauseBetween(sinceMs, tookMs)).toBe(pauseMs));

test('the pause never shrinks while time goes on', () => {
  const pauses = Array.from({ length: 2_000 }, (_, i) => pauseBetween(i * 1_000, 0));
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
});
