import { expect, test } from 'vitest';
import type { RunsSummary } from './shape/runs-summary.ts';
import { remainingLabel, summaryLine, usualLabel } from './words.ts';

const NOTHING: RunsSummary = { running: 0, queued: 0, attention: [], failed: [] };
const failed = (...steps: string[]): RunsSummary['failed'] => steps.map((step) => ({ step, outcome: 'failed' }));

test.each<[string, Partial<RunsSummary>, string]>([
  ['nothing to tell is no text', {}, ''],
  ['live runs', { running: 2 }, '2 running'],
  ['a failure has its name', { running: 2, failed: failed('backtest') }, '2 running · 1 failed: backtest'],
  ['a queue', { queued: 3 }, '3 queued'],
  ['many names are cut', { failed: failed('a', 'b', 'c', 'd', 'e') }, '5 failed: a, b, c and 2 more'],
  [
    'what wants a decision comes before what has ended',
    {
      attention: [
        { step: 'train', attention: 'deadline' },
        { step: 'sync', attention: 'quiet' },
      ],
      failed: failed('lint'),
    },
    '1 quiet: sync · 1 near its limit: train · 1 failed: lint',
  ],
  [
    'each outcome has its own number',
    {
      failed: [
        ...failed('lint'),
        { step: 'sync', outcome: 'timeout' },
        { step: 'a', outcome: 'lost' },
        { step: 'b', outcome: 'cancelled' },
      ],
    },
    '1 failed: lint · 1 timeout: sync · 1 lost: a · 1 cancelled: b',
  ],
])('one line: %s', (_, patch, line) => expect(summaryLine({ ...NOTHING, ...patch })).toBe(line));

test.each<[number | undefined, string | undefined]>([
  [undefined, undefined],
  [300, '~1s'],
  [45_400, '~45s'],
  [119_000, '~1m59s'],
  [724_000, '~12m'],
  [5_400_000, '~1h30m'],
])('%s ms remain: %s', (remainingMs, label) =>
  expect(remainingLabel(remainingMs === undefined ? {} : { remainingMs })).toBe(label),
);

test('only a run that takes longer than usual says what is usual', () => {
  const run = { step: 'a', state: 'running', evidence: '', startedAt: 0, usualMs: 60_000 } as const;
  expect(usualLabel({ ...run, elapsedMs: 61_000 })).toBe('usually 1m');
  expect(usualLabel({ ...run, elapsedMs: 59_000 })).toBeUndefined();
  expect(usualLabel({ ...run, elapsedMs: 61_000, state: 'ended', outcome: 'failed' })).toBeUndefined();
});
