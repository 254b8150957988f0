import { expect, test } from 'vitest';
import type { OverviewEvent } from './overview-event.ts';
import { cpuRates, samplesAfter, type UsageSamples } from './usage-samples.ts';

const RUNS = new Map([['a', {}]]);

function usage(at: number, cpuMs: number): OverviewEvent {
  return { type: 'usage', at, usage: { a: [cpuMs, 10, 1], unknown: [1, 1, 1] } };
}

function after(events: readonly OverviewEvent[]): UsageSamples {
  return events.reduce<UsageSamples>((samples, event) => samplesAfter(samples, event, RUNS, 3), new Map());
}

test('the rate of CPU needs two samples, and is never negative', () => {
  const samples = after([usage(0, 100), usage(1_000, 600), usage(2_000, 300)]).get('a') ?? [];
  expect(cpuRates(samples)).toEqual([50, 0]);
  expect(cpuRates(samples.slice(0, 1))).toEqual([]);
  expect(samples.map(({ memoryBytes }) => memoryBytes)).toEqual([10, 10, 10]);
});

test('only known runs have samples, and only the newest are kept', () => {
  const samples = after([0, 1, 2, 3, 4].map((at) => usage(at, at)));
  expect([...samples.keys()]).toEqual(['a']);
  expect(samples.get('a')?.map(({ at }) => at)).toEqual([2, 3, 4]);
  expect(samplesAfter(samples, { type: 'gone', at: 5, ids: ['a'] }, new Map(), 3).size).toBe(0);
});
