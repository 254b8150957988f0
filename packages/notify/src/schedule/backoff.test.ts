import { expect, test } from 'vitest';
import { GIVE_UP_AFTER_MS, isTimeToGiveUp, LEAST_TRIES, leftMs, pauseMs } from './backoff.ts';

test.each([
  ['the first pause is a second', 1, undefined, 1_000],
  ['each is twice as long', 2, undefined, 2_000],
  ['the eleventh is 17 minutes', 11, undefined, 1_024_000],
  ['none is longer than 30 minutes', 12, undefined, 1_800_000],
  ['also not after a thousand tries', 1_000, undefined, 1_800_000],
  ['a receiver may ask for more', 1, 90_000, 90_000],
  ['not for less', 11, 1, 1_024_000],
  ['not for a day', 1, 86_400_000, 3_600_000],
])('%s', (_, tries, asked, expected) => expect(pauseMs(tries, asked)).toBe(expected));

test.each([
  ['just now: the whole pause', 1_000_000, 8_000],
  ['half of it later', 1_004_000, 4_000],
  ['when it is over', 1_008_000, 0],
  ['long after, as when the clock was set forward', 99_000_000, 0],
  ['before it, as when the clock was set back: the whole pause, not a day', 1, 8_000],
])('a try that failed %s', (_, now, expected) => expect(leftMs(1_000_000, 4, undefined, now)).toBe(expected));

test.each([
  ['a day and enough tries', LEAST_TRIES, GIVE_UP_AFTER_MS, true],
  ['less than a day', 99, GIVE_UP_AFTER_MS - 1, false],
  ['a day in which the machine slept', LEAST_TRIES - 1, 10 * GIVE_UP_AFTER_MS, false],
  ['a clock that was set back', 99, -GIVE_UP_AFTER_MS, false],
])('after %s', (_, tries, age, expected) => expect(isTimeToGiveUp(tries, 1e12, 1e12 + age)).toBe(expected));
