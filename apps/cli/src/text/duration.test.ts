import { expect, test } from 'vitest';
import { duration, roughly, size } from './duration.ts';

test.each([
  [-5, '0ms'],
  [0, '0ms'],
  [449.6, '450ms'],
  [1000, '1s'],
  [2140, '2.1s'],
  [9949, '9.9s'],
  [9950, '10s'],
  [45_400, '45s'],
  [59_600, '1m'],
  [723_000, '12m03s'],
  [1_800_000, '30m'],
  [3_599_700, '1h'],
  [7_500_000, '2h05m'],
  [86_400_000, '1d'],
  [273_600_000, '3d04h'],
])('%d ms is %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('roughly keeps the largest unit', () => {
  expect([roughly(83), roughly(2140), roughly(383_000), roughly(7_500_000)]).toEqual(['83ms', '2.1s', '6m', '2h']);
});

test('size', () => {
  expect([size(812), size(12_288), size(3_565_158), size(2 ** 31)]).toEqual(['812 B', '12 KiB', '3.4 MiB', '2.0 GiB']);
});
