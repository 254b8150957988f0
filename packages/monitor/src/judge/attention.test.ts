import { DEFAULT_POLICY } from '@pm/protocol';
import { expect, test } from 'vitest';
import { healthy } from '../../test/healthy.ts';
import { troublesOf } from './attention.ts';
import { nearLimitMs } from './near-limit.ts';
import type { Observation } from './observation.ts';

const nearly = { elapsedMs: 1_440_000 };
const quiet = { quietMs: DEFAULT_POLICY.quietAfterMs + 1 };

test.each<[string, Partial<Observation>, string[]]>([
  ['a healthy run wants nothing', {}, []],
  ['one that is stopped', { command: 'stopped' }, ['suspended']],
  ['one that has used 80 % of its limit', nearly, ['deadline']],
  ['one that has not quite', { elapsedMs: 1_439_999 }, []],
  ['one without a limit is never near it', { ...nearly, limitMs: null }, []],
  ['a limit that nobody could move in time is not announced', { elapsedMs: 9_000, limitMs: 9_500 }, []],
  ['one that gives no sign', quiet, ['quiet']],
  ['one that is quiet for just as long as it may', { quietMs: DEFAULT_POLICY.quietAfterMs }, []],
  ['one whose log was cut', { logTruncated: true }, ['log-truncated']],
  [
    'one whose exit cannot be written wants room, and nothing else',
    { ...nearly, ...quiet, unrecordedMs: 2_001 },
    ['disk-full'],
  ],
  ['one whose command has ended is never near its limit', { ...nearly, command: 'gone' }, []],
  ['nor past it', { elapsedMs: 3_600_000, command: 'gone' }, []],
  ['nor is it quiet', { ...quiet, command: 'gone' }, []],
  ['as long as its wrapper has not reaped it', { ...nearly, ...quiet, command: 'zombie' }, []],
  ['whose log was cut before', { logTruncated: true, command: 'gone' }, []],
  [
    'whose exit has waited for room for an hour',
    { elapsedMs: 3_600_000, command: 'gone', unrecordedMs: 3_000_000 },
    ['disk-full'],
  ],
  [
    'while an attempt that failed waits for the next, the limit counts',
    { ...nearly, command: 'gone', attempt: { n: 1, of: 3, failed: 7 } },
    ['deadline'],
  ],
  ['one whose exit is just being written', { unrecordedMs: 0 }, []],
  ['one whose wrapper is kept waiting amid that', { unrecordedMs: 2_000 }, []],
  [
    'one that is being ended leaves nothing to decide',
    { ...nearly, ...quiet, logTruncated: true, ending: { cause: 'timeout', by: 'a monitor', evidence: '' } },
    [],
  ],
  [
    'the most urgent first',
    { ...nearly, ...quiet, command: 'stopped', logTruncated: true },
    ['suspended', 'deadline', 'quiet', 'log-truncated'],
  ],
])('%s', (_, patch, kinds) => {
  const troubles = troublesOf({ ...healthy, ...patch }, DEFAULT_POLICY);
  expect(troubles.map(({ attention }) => attention)).toEqual(kinds);
  for (const { evidence } of troubles) expect(evidence).not.toMatch(/NaN|undefined|Infinity/);
});

test('near its limit is the last fifth', () => {
  expect([nearLimitMs({ limitMs: 10_000 }), nearLimitMs({ limitMs: null })]).toEqual([8_000, undefined]);
});
