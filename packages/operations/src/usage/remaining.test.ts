import { expect, test } from 'vitest';
import { type KnownTimes, progressShare, remainingMs } from './remaining.ts';

test.each<[string, number | undefined]>([
  ['37/120 epoch 3', 37 / 120],
  ['epoch 3/10', 0.3],
  ['step 37 / 120', 37 / 120],
  ['37 of 120 files', 37 / 120],
  ['31 %', 0.31],
  ['31.5% done', 0.315],
  ['done 100%', 1],
  [' 37%|###   | 37/100 [00:12<00:20]', 0.37],
  ['37%|###   | 44/120 [00:12<00:20]', 0.37], // one percentage, whatever the counts round to
  ['0/120', 0],
  ['120/120', 1],
  ['[37/120]', 37 / 120],
  ['(3/4), then 3/4 again', 0.75],
  // Nothing that can be relied on.
  ['', undefined],
  ['loading', undefined],
  ['0/0', undefined],
  ['150/120', undefined],
  ['140 %', undefined],
  ['-5%', undefined],
  ['epoch 3/10 batch 37/120', undefined],
  ['10% and 20%', undefined],
  ['2026/11/29', undefined],
  ['11/29-12:00', undefined],
  ['/data/3/4', undefined],
  ['v1.3/4', undefined],
  ['3/4.5', undefined],
  ['1e309/2', undefined],
  ['99999999999999999999/99999999999999999999', undefined],
])('%j says %s', (line, share) => expect(progressShare(line)).toBe(share));

const MIN = 60_000;
const SILENT: KnownTimes = { attemptMs: 6 * MIN, elapsedMs: 6 * MIN };

test.each<[string, Partial<KnownTimes>, number | undefined]>([
  ['nothing known, no estimate', {}, undefined],
  ['the usual time, less what has passed', { usualMs: 10 * MIN }, 4 * MIN],
  ['past the usual time no estimate is left', { usualMs: 5 * MIN }, undefined],
  ['exactly the usual time', { usualMs: 6 * MIN }, undefined],
  ['progress at its own rate', { progress: '1/4', progressAtMs: 6 * MIN }, 18 * MIN],
  ['between two lines of progress the time goes on', { progress: '1/4', progressAtMs: 5 * MIN }, 14 * MIN],
  ['progress counts more than the usual time', { progress: '50 %', progressAtMs: 6 * MIN, usualMs: MIN }, 6 * MIN],
  ['late by its own progress, no estimate is left', { progress: '4/5', progressAtMs: 4 * MIN }, undefined],
  [
    'late by its own progress: the usual time says nothing better',
    { progress: '4/5', progressAtMs: 4 * MIN, usualMs: 9 * MIN },
    undefined,
  ],
  ['all done', { progress: '4/4', progressAtMs: 6 * MIN }, undefined],
  ['nothing done yet has no rate', { progress: '0/4', progressAtMs: MIN, usualMs: 10 * MIN }, 4 * MIN],
  ['words without numbers', { progress: 'loading', progressAtMs: MIN, usualMs: 10 * MIN }, 4 * MIN],
  ['progress of an earlier attempt', { progress: '1/4', progressAtMs: -MIN, usualMs: 10 * MIN }, 4 * MIN],
  [
    'in a later attempt the rate is that of the attempt',
    { progress: '1/2', progressAtMs: 2 * MIN, attemptMs: 2 * MIN, elapsedMs: 60 * MIN },
    2 * MIN,
  ],
])('%s', (_, patch, expected) => expect(remainingMs({ ...SILENT, ...patch })).toBe(expected));
