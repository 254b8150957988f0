import { expect, test } from 'vitest';
import type { RunView } from '../shape/answer.ts';
import { withPresentRate } from './present-rate.ts';

const run = (cpuMs: number | undefined, cpuPercent = 50): RunView => ({
  step: 'train',
  id: '20261123T140211000Z-pn8vj77ajt',
  state: 'running',
  evidence: '',
  startedAt: 0,
  elapsedMs: 0,
  ...(cpuMs !== undefined && { usage: { cpuMs, memoryBytes: 1, processes: 1 }, cpuPercent }),
});

test.each<[string, number | undefined, number | undefined, number, number | undefined]>([
  ['half a core', 1_000, 1_500, 1_000, 50],
  ['two cores', 1_000, 3_000, 1_000, 200],
  ['nothing', 1_000, 1_000, 1_000, 0],
  ['over a longer time', 1_000, 1_500, 2_000, 25],
  ['a sum that has shrunk says nothing', 1_000, 900, 1_000, undefined],
  ['too soon says nothing', 1_000, 1_100, 100, undefined],
  ['no usage before', undefined, 1_000, 1_000, undefined],
  ['no usage now', 1_000, undefined, 1_000, undefined],
])('%s', (_, before, after, overMs, percent) => {
  const [view] = withPresentRate({ atMs: 0, runs: [run(before)] }, { atMs: overMs, runs: [run(after)] });
  expect(view?.cpuPercent).toBe(percent);
});

test('the first list has no rate, and keeps everything else', () => {
  const { cpuPercent: _, ...rest } = run(1_000);
  expect(withPresentRate(undefined, { atMs: 0, runs: [run(1_000)] })).toEqual([rest]);
});
