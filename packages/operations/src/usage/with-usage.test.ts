import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runPaths } from '@pm/protocol';
import { afterAll, expect, test } from 'vitest';
import type { RunView } from '../shape/answer.ts';
import { withRemaining } from './with-usage.ts';

const dir = mkdtempSync(join(tmpdir(), 'pm-remaining-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const MIN = 60_000;
const ID = '00000000-0000-4000-8000-000000000001';
const { progress: file } = runPaths(dir, ID);

/** In tenths of a minute: the file's time and this clock are not read at the same instant. */
function remaining(view: Partial<RunView>, attemptMs: number, writtenAgoMs: number): number | undefined {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'any');
  const at = (Date.now() - writtenAgoMs) / 1_000;
  utimesSync(file, at, at);
  const run = { step: 'train', state: 'running', elapsedMs: 60 * MIN, ...view } as RunView;
  const { remainingMs } = withRemaining(dir, { id: ID }, run, attemptMs);
  return remainingMs === undefined ? undefined : Math.round(remainingMs / 6_000) / 10;
}

test.each<[what: string, view: Partial<RunView>, attemptMs: number, agoMs: number, minutes: number | undefined]>([
  ['first attempt: at the rate of the run', { progress: '1/2' }, 60 * MIN, 0, 60],
  ['later attempt: at the rate of the attempt', { progress: '1/2', attempt: 2 }, 10 * MIN, 0, 10],
  ['and less what has passed since', { progress: '1/2', attempt: 2 }, 10 * MIN, 2 * MIN, 6],
  ['also if the usual time is known', { progress: '1/2', attempt: 2, usualMs: 90 * MIN }, 10 * MIN, 0, 10],
  [
    'progress of an earlier attempt: the usual time',
    { progress: '1/2', attempt: 2, usualMs: 90 * MIN },
    MIN,
    5 * MIN,
    30,
  ],
  ['no progress: the usual time', { usualMs: 90 * MIN }, 60 * MIN, 0, 30],
  ['an older estimate does not stay', { remainingMs: 5 * MIN }, 60 * MIN, 0, undefined],
  ['a suspended run has none', { state: 'suspended', progress: '1/2', remainingMs: MIN }, 60 * MIN, 0, undefined],
  ['nor has a service', { service: true, progress: '1/2', usualMs: 90 * MIN }, 60 * MIN, 0, undefined],
])('%s', (_what, view, attemptMs, agoMs, minutes) => {
  expect(remaining(view, attemptMs, agoMs)).toBe(minutes);
});
