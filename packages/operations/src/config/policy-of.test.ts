import { expect, test } from 'vitest';
import { type PolicyInput, policyOf } from './policy-of.ts';

test.each<[input: PolicyInput, message: string]>([
  [{ timeout: 0 }, '--timeout must be more than 0.'],
  [{ hardTimeout: 0 }, '--hard-timeout must be more than 0.'],
  [{ quietAfter: 0 }, '--quiet-after must be more than 0.'],
  [{ logCap: 10 }, '--log-cap must be 64KiB at least.'],
  [{ stale: 1 }, '--stale must be at least 3ms, so that two heartbeats fit into it.'],
  [
    { beat: 60_000 },
    '--beat must be less than half of --stale, which is 1m, so that one late heartbeat does not count as silence.',
  ],
  [
    { beat: 2_000, stale: 1_000 },
    '--beat must be less than half of --stale, so that one late heartbeat does not count as silence.',
  ],
  [{ timeout: 120_000, hardTimeout: 60_000 }, '--timeout must not be more than --hard-timeout.'],
])('%j is refused by the names of the options that were given', (input, message) => {
  expect(() => policyOf(input)).toThrow(message);
});

test.each<[sentence: string, input: PolicyInput, timeoutMs: number | null]>([
  ['a job has half an hour', {}, 1_800_000],
  ['a service has no limit', { service: true }, null],
  ['what can become ready is a service', { ready: ['tcp:3000'] }, null],
  ['unless its step says that it is none', { service: false, ready: ['tcp:3000'] }, 1_800_000],
  ['a service has the limit that it was given', { service: true, timeout: 60_000 }, 60_000],
  ['and no more than its highest one', { service: true, hardTimeout: 7_200_000 }, 7_200_000],
  ['a job with a high highest limit keeps the usual one', { hardTimeout: 7_200_000 }, 1_800_000],
])('%s', (_, input, timeoutMs) => {
  const policy = policyOf(input);
  expect(policy.timeoutMs).toBe(timeoutMs);
  expect(policy.service).toBe(timeoutMs === 1_800_000 ? undefined : true);
});

test.each<[what: string, input: Parameters<typeof policyOf>[0], beatMs: number]>([
  ['usually', {}, 10_000],
  ['three beats fit into a short stale time', { stale: 1_500 }, 500],
  ['ten beats fit into a short time of health', { restart: 'always', resetAfter: 1_000 }, 100],
  ['the usual time of health changes nothing', { restart: 'always' }, 10_000],
  ['a beat that was given stays', { restart: 'always', resetAfter: 1_000, beat: 5_000 }, 5_000],
])('the beat: %s', (_, input, beatMs) => {
  expect(policyOf(input).beatMs).toBe(beatMs);
});
