import { DEFAULT_POLICY, DEFAULTS, LOOKS_BEFORE_HUNG, type Policy } from '@pm/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { healthy } from '../../test/healthy.ts';
import { nextLookMs } from './look-interval.ts';
import type { Observation } from './observation.ts';

const order = { cause: 'hung', by: 'a monitor', evidence: 'no output' } as const;
const tenMinutes = { staleMs: 600_000 };

test.each<[string, Partial<Observation>, Partial<Policy>, number]>([
  ['a healthy run is looked at every fifteen seconds', {}, {}, 15_000],
  ['one whose wrapper has not begun is looked at soon', { wrapper: 'unseen', command: 'unseen' }, {}, 100],
  ['one whose wrapper is stopped is looked at soon', { wrapper: 'stopped' }, {}, 100],
  ['one whose command is a zombie is looked at soon', { command: 'zombie' }, {}, 100],
  ['one that was ordered to end is looked at soon', { ending: order }, {}, 100],
  ['one that lives on its output is looked at five times in what is stale', {}, { liveness: 'output' }, 12_000],
  ['but never less than every fifteen seconds', {}, { liveness: 'output', ...tenMinutes }, 15_000],
  ['one that lives on its wrapper is not looked at more often for that', {}, { staleMs: 1_000 }, 15_000],
  ['one elsewhere lives on its beat', { wrapper: 'elsewhere' }, {}, 12_000],
  ['a silence that is too long already is confirmed soon', { silentMs: 60_001 }, { liveness: 'output' }, 1_000],
  ['one that is just long enough is not', { silentMs: 60_000 }, { liveness: 'output' }, 12_000],
  ['a silence that decides nothing is not confirmed', { silentMs: 60_001 }, {}, 15_000],
  ['a limit is looked at one millisecond after it is over', { elapsedMs: 1_799_000 }, {}, 1_001],
  ['a limit that is over, and what to do about it cannot be written', { elapsedMs: 1_900_000 }, {}, 100],
  ['an exit that cannot be written', { unrecordedMs: 2_001 }, {}, 100],
  ['without a limit there is none to look at', { elapsedMs: 1_799_000, limitMs: null }, {}, 15_000],
  ['the end of a lease is looked at one millisecond after it', { lease: { leftMs: 700, unextendedMs: 1 } }, {}, 701],
  ['a lease that is over, and what to do about it takes time', { lease: { leftMs: -5, unextendedMs: 1 } }, {}, 100],
  ['a lease that lasts for hours plans no look', { lease: { leftMs: 9_999_999, unextendedMs: 1 } }, {}, 15_000],
  ['of a service there is no quiet to look at', { quietMs: 299_999 }, { service: true }, 15_000],
  ['nothing is looked at more than fifty times a second', {}, { liveness: 'beat', staleMs: 3 }, 20],
])('%s', (_, patch, change, ms) => {
  expect(nextLookMs({ ...healthy, ...patch }, { ...DEFAULT_POLICY, ...change })).toBe(ms);
});

test('of a crowd each is looked at half as often, but no later where a rule is about to apply', () => {
  expect(nextLookMs(healthy, DEFAULT_POLICY, 65)).toBe(30_000);
  expect(nextLookMs(healthy, { ...DEFAULT_POLICY, liveness: 'output' }, 65)).toBe(12_000);
  expect(nextLookMs({ ...healthy, elapsedMs: 1_799_000 }, DEFAULT_POLICY, 65)).toBe(1_001);
});

test('whatever is stale, enough looks fit into it to miss the evidence', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 86_400_000 }), (staleMs) => {
      const plan = nextLookMs(healthy, { ...DEFAULT_POLICY, liveness: 'activity', staleMs });
      expect(plan).toBeLessThanOrEqual(DEFAULTS.pollMs);
      expect(staleMs / plan).toBeGreaterThanOrEqual(LOOKS_BEFORE_HUNG);
    }),
  );
});
