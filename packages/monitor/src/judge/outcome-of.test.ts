import { ADVICE, DEFAULT_POLICY, type Ending, OUTCOMES, type Outcome, REASONS, type Reason } from '@pm/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adviceOf, fuseBlown, lostOutcome, outcomeOf } from './outcome-of.ts';

const exit = (code: number): Ending => ({ cause: 'exit', code });
const ordered = (cause: 'timeout' | 'hung' | 'cancelled'): Ending => ({ cause, by: 'pm wait 7', evidence: 'it was' });

describe('the end of a run that is started again', () => {
  test.each<['on-failure' | 'always' | undefined, number, string | undefined]>([
    ['on-failure', 1, 'exit 1; 5 failures in a row, each within 10m of its start, so it is not started again'],
    ['on-failure', 137, 'exit 137, by which a shell reports SIGKILL; 5 failures in a row'],
    ['on-failure', 0, undefined],
    ['on-failure', 127, undefined],
    ['on-failure', 143, undefined],
    ['always', 0, 'exit 0; 5 ends in a row, each within 10m of its start, so it is not started again'],
    ['always', 1, 'exit 1; 5 ends in a row'],
    ['always', 126, undefined],
    ['always', 130, undefined],
    [undefined, 1, undefined],
  ])('%s, by exit %i: %s', (restart, code, evidence) => {
    const policy = { ...DEFAULT_POLICY, ...(restart !== undefined && { restart }), retries: 4, resetAfterMs: 600_000 };
    const blown = fuseBlown(outcomeOf(exit(code), code), code, policy);
    if (evidence === undefined) expect(blown).toBeUndefined();
    else expect(blown).toMatchObject({ outcome: 'failed', reason: 'gave-up', exitCode: code });
    if (evidence !== undefined) expect(blown?.evidence).toContain(evidence);
  });
});

describe('a natural end', () => {
  test.each<[string, number, object]>([
    ['0 is a success', 0, { outcome: 'success', reason: 'exit-zero', exitCode: 0, evidence: 'exit 0' }],
    ['1 has failed', 1, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 1, evidence: 'exit 1' }],
    ['125 has failed like any other', 125, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 125 }],
    ['255 has failed', 255, { reason: 'exit-nonzero', evidence: 'exit 255' }],
    ['128 has failed', 128, { reason: 'exit-nonzero', evidence: 'exit 128' }],
    ['145 has failed', 145, { reason: 'exit-nonzero', evidence: 'exit 145' }],
    ['124', 124, { evidence: 'exit 124, by which timeout(1) reports that its limit was reached' }],
    ['126', 126, { evidence: 'exit 126, by which a shell reports that it could not execute a command' }],
    ['127', 127, { evidence: 'exit 127, by which a shell reports that it did not find a command' }],
    ['129', 129, { evidence: 'exit 129, by which a shell reports SIGHUP' }],
    ['130', 130, { evidence: 'exit 130, by which a shell reports SIGINT' }],
    ['137', 137, { evidence: 'exit 137, by which a shell reports SIGKILL' }],
    ['139', 139, { evidence: 'exit 139, by which a shell reports SIGSEGV' }],
    ['143', 143, { evidence: 'exit 143, by which a shell reports SIGTERM' }],
  ])('with %s', (_, code, expected) => {
    const derived = outcomeOf(exit(code), code);
    const failed = code === 0 ? {} : { outcome: 'failed', reason: 'exit-nonzero', exitCode: code };
    expect(derived).toMatchObject({ ...failed, ...expected });
    expect([derived.endedBy, derived.signal]).toEqual([undefined, undefined]);
  });

  test.each<[number, string]>([
    [129, 'SIGHUP'],
    [130, 'SIGINT'],
    [134, 'SIGABRT'],
    [137, 'SIGKILL'],
    [139, 'SIGSEGV'],
    [143, 'SIGTERM'],
  ])('with %i that the shell remarked is a signal, which pm did not send', (code, signal) => {
    const evidence = `ended by ${signal} (exit ${code}), not sent by pm`;
    const expected = { outcome: 'failed', reason: 'signal', exitCode: code, signal, evidence };
    expect(outcomeOf(exit(code), code, { isSignal: true })).toEqual(expected);
  });

  test.each([126, 127])('with %i of a command that never ran is no start', (code) => {
    const derived = outcomeOf(exit(code), code, { notExecuted: 'No such file or directory' });
    const evidence = `exit ${code}: could not be executed: No such file or directory`;
    expect(derived).toEqual({ outcome: 'failed', reason: 'spawn-failed', exitCode: code, evidence });
  });

  test.each<[string, number, boolean, Reason, string]>([
    [
      'the command',
      137,
      true,
      'oom-killed',
      'ended by SIGKILL (exit 137), not sent by pm; memory was short: the kernel',
    ],
    [
      'what a shell waited for',
      137,
      false,
      'oom-killed',
      'exit 137, by which a shell reports SIGKILL; memory was short',
    ],
    ['what a compiler driver waited for', 1, false, 'exit-nonzero', 'exit 1; memory was short: the kernel killed 2'],
    [
      'something, and the command by itself',
      139,
      true,
      'signal',
      'ended by SIGSEGV (exit 139), not sent by pm; memory',
    ],
  ])('when the kernel killed %s', (_, code, isSignal, reason, evidence) => {
    const derived = outcomeOf(exit(code), code, { isSignal, oom: { kills: 2, file: '/c/memory.events' } });
    expect(derived).toMatchObject({ outcome: 'failed', reason, evidence: expect.stringContaining(evidence) });
    expect(derived.evidence).toMatch(
      /the kernel killed 2 processes of its cgroup while it ran \(oom_kill in \/c\/memory.events\)$/,
    );
  });

  test('without a kill of the kernel is never called oom-killed', () => {
    for (let code = 1; code < 256; code++) {
      for (const isSignal of [true, false])
        expect(outcomeOf(exit(code), code, { isSignal }).reason).not.toBe('oom-killed');
    }
  });

  test('is known by its ending alone', () => {
    expect(outcomeOf(exit(7), undefined)).toEqual(outcomeOf(exit(7), 7));
  });
});

describe('an ordered end', () => {
  test.each<[string, 'timeout' | 'hung' | 'cancelled', Reason]>([
    ['a timeout', 'timeout', 'max-elapsed'],
    ['hung', 'hung', 'no-evidence'],
    ['cancelled', 'cancelled', 'asked'],
  ])('is %s whatever the job made of it', (outcome, cause, reason) => {
    const expected = { outcome: outcome.replace('a ', ''), reason, evidence: 'it was', endedBy: 'pm wait 7' };
    expect(outcomeOf(ordered(cause), 0)).toEqual({ ...expected, exitCode: 0 });
    expect(outcomeOf(ordered(cause), 137)).toEqual({ ...expected, exitCode: 137, signal: 'SIGKILL' });
    expect(outcomeOf(ordered(cause), undefined)).toEqual(expected);
  });
});

describe('whatever the exit', () => {
  const code = fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined });

  test('an order is never a success', () => {
    fc.assert(
      fc.property(fc.constantFrom('timeout', 'hung', 'cancelled'), code, (cause, exitCode) => {
        expect(outcomeOf(ordered(cause), exitCode).outcome).toBe(cause);
      }),
    );
  });

  test('only an exit of 0 is a success', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (exitCode) => {
        expect(outcomeOf(exit(exitCode), exitCode).outcome === 'success').toBe(exitCode === 0);
      }),
    );
  });
});

test('a run without an ending is lost, and says why', () => {
  const derived = lostOutcome('rebooted', 'the machine has restarted since');
  expect(derived).toEqual({ outcome: 'lost', reason: 'rebooted', evidence: 'the machine has restarted since' });
});

describe('the advice', () => {
  test.each<[Outcome, Reason, string]>([
    ['success', 'exit-zero', 'proceed'],
    ['failed', 'exit-nonzero', 'fix'],
    ['failed', 'signal', 'fix'],
    ['failed', 'spawn-failed', 'fix'],
    ['timeout', 'max-elapsed', 'raise-limit'],
    ['hung', 'no-evidence', 'fix'],
    ['cancelled', 'asked', 'abort'],
    ['lost', 'wrapper-gone', 'retry'],
    ['lost', 'rebooted', 'retry'],
    ['lost', 'beat-stale', 'retry'],
    ['lost', 'lease-lost', 'retry'],
    ['lost', 'never-started', 'fix'],
  ])('after %s by %s is to %s', (outcome, reason, advice) => {
    expect(adviceOf(outcome, reason)).toBe(advice);
  });

  test('is there for every outcome', () => {
    for (const outcome of OUTCOMES) for (const reason of REASONS) expect(ADVICE).toContain(adviceOf(outcome, reason));
  });
});
