import { describe, expect, test } from 'vitest';
import { type Clocks, clock } from './clock.ts';
import { endings } from './endings.ts';
import { enclosure, identity } from './pid-namespace.ts';
import { node } from './programs.ts';
import type { Rehearsal } from './rehearsal.ts';
import { orphans, survival } from './survival.ts';

const OUTCOME: NonNullable<Rehearsal['outcome']> = {
  v: 1,
  id: '20261123T140211000Z-pn8vj77ajt',
  step: 'rehearsal',
  outcome: 'failed',
  reason: 'exit-nonzero',
  exitCode: 37,
  evidence: 'exit 37',
  advice: 'fix',
  startedAt: 0,
  endedAt: 1,
  elapsedMs: 1,
  survivors: [],
  logBytes: 0,
};
const HEALTHY: Rehearsal = { outlived: true, outcome: OUTCOME, reportedAfterMs: 2, wrapper: 'gone' };

describe('what a rehearsal shows', () => {
  test.each<[what: string, patch: Partial<Rehearsal>, survives: string, told: string, reaped: string]>([
    ['a healthy machine', {}, 'pass', 'pass', 'pass'],
    ['the job died with its starter', { outlived: false }, 'fail', 'pass', 'pass'],
    ['it ended otherwise', { outcome: { ...OUTCOME, outcome: 'lost', exitCode: undefined } }, 'fail', 'pass', 'pass'],
    ['it did not end', { outcome: undefined }, 'fail', 'fail', 'pass'],
    ['PID 1 reaps nobody', { wrapper: 'zombie' }, 'pass', 'pass', 'warn'],
  ])('%s', (_what, patch, survives, told, reaped) => {
    const rehearsal = { ...HEALTHY, ...patch };
    expect([survival(rehearsal), endings(rehearsal, true), orphans(rehearsal)].map(({ result }) => result)).toEqual([
      survives,
      told,
      reaped,
    ]);
  });

  test('an ending that only polling finds is late', () => {
    expect(endings(HEALTHY, false)).toMatchObject({ result: 'fail', fact: expect.stringContaining('by polling') });
  });
});

describe('clock', () => {
  const before: Clocks = { wallMs: 1_000_000, awakeMs: 5_000, uptimeMs: 5_000 };
  test.each<[what: string, after: Clocks, result: string, said: RegExp]>([
    [
      'clocks that agree',
      { wallMs: 1_002_000, awakeMs: 7_000, uptimeMs: 7_000 },
      'pass',
      /differ by 0 ms after 2000 ms$/,
    ],
    ['fifty milliseconds', { wallMs: 1_002_050, awakeMs: 7_000, uptimeMs: 7_000 }, 'pass', /differ by 50 ms/],
    ['one more', { wallMs: 1_002_051, awakeMs: 7_000, uptimeMs: 7_000 }, 'warn', /jumped/],
    ['a wall clock set back', { wallMs: 900_000, awakeMs: 7_000, uptimeMs: 7_000 }, 'warn', /jumped.*102000 ms/],
    ['a machine that slept', { wallMs: 1_002_000, awakeMs: 7_000, uptimeMs: 67_000 }, 'pass', /has slept 1m/],
  ])('%s', (_what, after, result, said) => {
    expect(clock(before, after)).toMatchObject({ result, fact: expect.stringMatching(said) });
  });
});

test.each([
  ['20.19.0', 'pass'],
  ['20.18.3', 'fail'],
  ['21.9.0', 'fail'],
  ['22.12.0', 'pass'],
  ['22.11.0', 'fail'],
  ['23.0.0', 'fail'],
  ['26.0.0', 'pass'],
])('Node %s: %s', (version, result) => {
  expect(node(version).result).toBe(result);
});

test('a sandbox is a warning, an init and the machine itself are none', () => {
  expect(enclosure({ kind: 'sandbox', first: 'bwrap' })).toMatchObject({
    result: 'warn',
    fact: expect.stringContaining('bwrap'),
  });
  expect(enclosure({ kind: 'container', first: 'tini' }).result).toBe('pass');
  expect(enclosure({ kind: 'machine' }).result).toBe('pass');
});

test('where processes cannot be told apart, that is said', () => {
  expect([identity(true).result, identity(false).result]).toEqual(['pass', 'fail']);
});
