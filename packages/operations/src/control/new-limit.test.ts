import { exactDuration } from '@pm/protocol/text';
import { describe, expect, test } from 'vitest';
import type { RunView } from '../shape/answer.ts';
import { NewLimit, newLimitOf } from './new-limit.ts';

const MIN = 60_000;
/** Twelve minutes into its thirty. */
const RUN: RunView = {
  step: 'train',
  state: 'running',
  evidence: 'alive',
  startedAt: 0,
  elapsedMs: 12 * MIN,
  limitMs: 30 * MIN,
};

describe('newLimitOf', () => {
  test.each<[string, asked: string, limitMs: number | null, patch?: Partial<RunView>, hardMs?: number]>([
    ['an absolute limit is counted from the start', '6h', 360 * MIN],
    ['a relative one from the limit as it is', '+30m', 60 * MIN],
    ['a limit may be shortened, too', '13m', 13 * MIN],
    ['none is none', 'none', null],
    ['a run without a limit may get one', '6h', 360 * MIN, { limitMs: null }],
    ['one that is over its limit, and still lives', '+30m', 60 * MIN, { elapsedMs: 31 * MIN }],
    ['as far as its hard limit, to the millisecond', '8h', 480 * MIN, {}, 480 * MIN],
    ['a quiet run', '6h', 360 * MIN, { state: 'quiet' }],
  ])('%s', (_, asked, limitMs, patch = {}, hardMs = undefined) => {
    expect(newLimitOf({ ...RUN, ...patch }, NewLimit.parse(asked), hardMs, false)).toEqual({ kind: 'limit', limitMs });
  });

  test.each<[asked: string, message: string, instead: unknown, patch?: Partial<RunView>, hardMs?: number]>([
    ['6h', 'train has ended: failed', 'as it stands', { state: 'ended', outcome: 'failed' }],
    [
      '6h',
      'train is being stopped: termination ordered: timeout',
      'as it stands',
      { state: 'stopping', evidence: 'termination ordered: timeout' },
    ],
    ['12m', 'train has been running for 12m; a limit of 12m would end it now', 'stop'],
    ['0s', 'train has been running for 12m; a limit of 0s would end it now', 'stop'],
    ['+30m', 'train has no limit, so 30m cannot be added to it', 'as it stands', { limitMs: null }],
    ['481m', 'train was started with --hard-timeout 8h, and its limit cannot be higher', 480 * MIN, {}, 480 * MIN],
    ['none', 'train was started with --hard-timeout 8h, and its limit cannot be higher', 480 * MIN, {}, 480 * MIN],
    ['+1m', 'train was started with --hard-timeout 30m, and its limit cannot be higher', 'as it stands', {}, 30 * MIN],
    ['999999d', 'a limit cannot be longer than 100 years: use none instead', 'as it stands'],
  ])('%s is refused: %s', (asked, message, instead, patch = {}, hardMs = undefined) => {
    const told = newLimitOf({ ...RUN, ...patch }, NewLimit.parse(asked), hardMs, false);
    expect(told).toMatchObject({ kind: 'refused', refusal: { message }, instead });
  });

  test('a job may extend itself only within a hard limit', () => {
    const more = NewLimit.parse('+30m');
    expect(newLimitOf(RUN, more, undefined, true)).toMatchObject({
      refusal: { message: 'train may not extend itself: it was started without --hard-timeout' },
    });
    expect(newLimitOf(RUN, more, 60 * MIN, true)).toEqual({ kind: 'limit', limitMs: 60 * MIN });
    expect(newLimitOf(RUN, more, 59 * MIN, true)).toMatchObject({ kind: 'refused', instead: 59 * MIN });
  });
});

test.each([
  [90_000, '90s'],
  [60_000, '1m'],
  [7_200_000, '2h'],
  [1_234, '1234ms'],
])('%i ms are written %s', (ms, text) => {
  expect(exactDuration(ms)).toBe(text);
});

test.each(['6', '+none', '-6h', '+', '6 h', ''])('%j is no limit', (text) => {
  expect(NewLimit.safeParse(text).success).toBe(false);
});
