import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, Policy } from './policy.ts';

test('the defaults are a policy', () => {
  expect(Policy.parse(DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
});

test('a policy keeps fields that a newer version added', () => {
  expect(Policy.parse({ ...DEFAULT_POLICY, softTimeoutMs: 5 })).toMatchObject({ softTimeoutMs: 5 });
});

describe('is a policy:', () => {
  test.each([
    ['no limit', { timeoutMs: null }],
    ['no grace', { graceMs: 0 }],
    ['a hard limit as long as the first one', { hardTimeoutMs: DEFAULT_POLICY.timeoutMs }],
    ['a beat one millisecond under half of stale', { beatMs: 29_999, staleMs: 60_000 }],
    ['a log cap of 64 KiB', { logCapBytes: 65_536 }],
    ['no retries', { retries: 0 }],
    ['retries at once', { retries: 3, backoffMs: 0 }],
    ['the most there is of both', { retries: 100, backoffMs: 86_400_000 }],
  ])('%s', (_, patch) => {
    expect(Policy.safeParse({ ...DEFAULT_POLICY, ...patch }).success).toBe(true);
  });
});

describe('is no policy:', () => {
  test.each([
    ['a beat of half of stale', { beatMs: 30_000, staleMs: 60_000 }],
    ['a beat longer than stale', { beatMs: 90_000 }],
    ['a limit of nothing', { timeoutMs: 0 }],
    ['a limit in the past', { timeoutMs: -1 }],
    ['a limit beyond the hard one', { timeoutMs: 60_001, hardTimeoutMs: 60_000 }],
    ['no limit under a hard one', { timeoutMs: null, hardTimeoutMs: 60_000 }],
    ['a limit given as text', { timeoutMs: '30m' }],
    ['an endless number', { timeoutMs: Number.POSITIVE_INFINITY }],
    ['half a millisecond', { graceMs: 0.5 }],
    ['a liveness nobody knows', { liveness: 'hope' }],
    ['a log cap under 64 KiB', { logCapBytes: 65_535 }],
    ['less than no retries', { retries: -1 }],
    ['half a retry', { retries: 0.5 }],
    ['retries without end', { retries: 101 }],
    ['a backoff of more than a day', { retries: 1, backoffMs: 86_400_001 }],
    ['a field missing', { staleMs: undefined }],
  ])('%s', (_, patch) => {
    expect(Policy.safeParse({ ...DEFAULT_POLICY, ...patch }).success).toBe(false);
  });

  test('the cross-field rule says what it wants', () => {
    const [issue] = Policy.safeParse({ ...DEFAULT_POLICY, beatMs: 30_000 }).error?.issues ?? [];
    expect(issue?.message).toBe(
      'beatMs must be less than half of staleMs, so that one late heartbeat does not count as silence',
    );
  });
});
