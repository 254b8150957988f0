import type { BatchProgress } from '@pm/operations';
import { expect, test } from 'vitest';
import type { Style } from '../text/style.ts';
import { batchEndingLine, batchSummary, batchTable, etaOf, rateOf } from './batch.ts';

const PIPE: Style = { person: false, columns: 40, colour: false, invocation: 'pm', clock: String };
const HALF: BatchProgress = {
  name: 'sweep',
  total: 200,
  done: 3,
  failed: 0,
  endedNow: 3,
  elapsedMs: 1_000,
  running: [],
};

test.each([
  [0, 1_000, undefined],
  [3, 1_000, '3.0/s'],
  [300, 1_000, '300/s'],
  [1, 20_000, '3.0/min'],
  [1, 1_800_000, '2.0/h'],
  [1, 36_000_000, '0.1/h'],
])('%d endings in %d ms are %s', (endedNow, elapsedMs, rate) =>
  expect(rateOf({ ...HALF, endedNow, elapsedMs })).toBe(rate),
);

test('the end is expected by the rate of this call', () => {
  expect(etaOf({ ...HALF, done: 100, endedNow: 10, elapsedMs: 1_000 })).toBe('ETA 10s');
  expect(etaOf({ ...HALF, endedNow: 0 })).toBeUndefined();
  expect(etaOf({ ...HALF, done: 200 })).toBeUndefined();
});

test('an ending is one line', () => {
  const success = { step: 'sweep-3', outcome: 'success', exitCode: 0, elapsedMs: 1_200 };
  expect(batchEndingLine(HALF, success, PIPE)).toBe('3/200 sweep-3 success in 1.2s\n');
  const failed = { step: 'sweep-3', outcome: 'failed', exitCode: 7, elapsedMs: 300 };
  expect(batchEndingLine(HALF, failed, PIPE)).toBe('3/200 sweep-3 failed exit 7 in 300ms\n');
});

test('the table is no wider than the terminal, and shows a part of many', () => {
  const running = Array.from({ length: 20 }, (_, i) => ({ step: `sweep-${i}-${'x'.repeat(40)}`, elapsedMs: 5_000 }));
  const lines = batchTable({ ...HALF, failed: 2, running }, PIPE);
  expect(lines).toHaveLength(10);
  expect(lines.at(-1)).toBe('  and 12 more');
  expect(lines.every((line) => line.length < 40)).toBe(true);
});

test('the last line says what goes on, and what does not', () => {
  const batch = { name: 'sweep', file: '/j', results: '/r', queue: 'q', slots: 2, total: 200, counts: { success: 3 } };
  expect(batchSummary({ ...batch, left: 197, inLine: 100, elapsedMs: 1_000 }, PIPE)).toBe(
    'sweep 3 of 200 · 3 success · 100 still running or in line · 97 not started · 1s · results in /r',
  );
});
