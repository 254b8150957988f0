import { expect, test } from 'vitest';
import {
  durationMeant,
  exactDuration,
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
  roughDuration,
  sizeMeant,
} from './units.ts';

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
  expect(formatDuration(ms)).toBe(text);
});

test('a rough duration keeps the largest unit', () => {
  expect([roughDuration(83), roughDuration(2140), roughDuration(383_000), roughDuration(7_500_000)]).toEqual([
    '83ms',
    '2.1s',
    '6m',
    '2h',
  ]);
});

test.each([
  [0, '0 B'],
  [812, '812 B'],
  [12_288, '12 KiB'],
  [1_535, '1.4 KiB'],
  [3_565_158, '3.3 MiB'],
  [2 ** 31 - 1, '1.9 GiB'],
  [2 ** 31, '2 GiB'],
  [5 * 2 ** 40, '5 TiB'],
])('%d bytes are %s, never more than there are', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  ['500ms', 500],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['10', 0],
  ['1h30m', 0],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([0, 1, 450, 1_000, 90_000, 60_000, 7_200_000, 86_400_000, 5_400_001])(
  'the exact text of %d ms is read back as the same',
  (ms) => {
    expect(parseDuration(exactDuration(ms))).toBe(ms);
  },
);

test.each([
  ['4096', 4_096],
  ['17B', 17],
  ['64KiB', 65_536],
  ['2TiB', 2 * 2 ** 40],
  ['2 GiB', 0],
  ['1.5GiB', 0],
])('%s is %d bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['.1', '100ms'],
  ['.1s', '100ms'],
  ['1e3s', '1000s'],
  ['5', '5s'],
  ['1.', '1s'],
  ['-5s', '5s'],
  ['-1.5m', '90s'],
  ['+2h', '2h'],
  ['5 min', '5m'],
  ['90sec', '90s'],
  ['2hours', '2h'],
  ['1w', '168h'],
  ['1h30m', '90m'],
  ['1h 30m 5s', '5405s'],
  ['10M', '10m'],
  ['inf', 'none'],
  ['INFINITY', 'none'],
  ['0', 'none'],
  ['', undefined],
  ['soon', undefined],
  ['5 apples', undefined],
  ['1h30', undefined],
  ['0s', undefined],
  ['0x10', undefined],
  ['1e400s', undefined],
])('by %j probably %j was meant', (text, meant) => {
  expect(durationMeant(text)).toBe(meant);
  if (meant !== undefined && meant !== 'none') expect(parseDuration(meant)).toBeGreaterThan(0);
});

test.each([
  ['10MB', '10MiB'],
  ['10m', '10MiB'],
  ['64 KiB', '64KiB'],
  ['2GiB', '2GiB'],
  ['1.5G', undefined],
  ['big', undefined],
])('by the size %j probably %j was meant', (text, meant) => {
  expect(sizeMeant(text)).toBe(meant);
});
