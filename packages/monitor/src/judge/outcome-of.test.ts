import { ADVICE, type Ending, OUTCOMES, type Outcome, REASONS, type Reason } from '@pm/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { adviceOf, lostOutcome, outcomeOf } from './outcome-of.ts';

const exit = (code: number): Ending => ({ cause: 'exit', code });
const ordered = (cause: 'timeout' | 'hung' | 'cancelled'): Ending => ({ cause, by: 'pm wait 7', evidence: 'it was' });

describe('a natural end', () => {
  test.each<[string, number, object]>([
    ['0 is a success', 0, { outcome: 'success', reason: 'exit-zero', exitCode: 0, evidence: 'exit 0' }],
    ['1 has failed', 1, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 1, evidence: 'exit 1' }],
    ['125 has failed like any other', 125, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 125 }],
    ['126 could not be executed', 126, { outcome: 'failed', reason: 'spawn-failed', exitCode: 126 }],
    ['127 was not found', 127, { outcome: 'failed', reason: 'spawn-failed', exitCode: 127 }],
    ['128 is no signal', 128, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 128 }],
    ['129 is SIGHUP', 129, { outcome: 'failed', reason: 'signal', exitCode: 129, signal: 'SIGHUP' }],
    ['130 is SIGINT', 130, { outcome: 'failed', reason: 'signal', exitCode: 130, signal: 'SIGINT' }],
    ['137 is SIGKILL', 137, { outcome: 'failed', reason: 'signal', exitCode: 137, signal: 'SIGKILL' }],
    ['143 is SIGTERM', 143, { outcome: 'failed', reason: 'signal', exitCode: 143, signal: 'SIGTERM' }],
    ['145 is no signal that ends a process', 145, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 145 }],
    ['255 has failed', 255, { outcome: 'failed', reason: 'exit-nonzero', exitCode: 255 }],
  ])('with %s', (_, code, expected) => {
    const derived = outcomeOf(exit(code), code);
    expect(derived).toMatchObject(expected);
    expect(derived.endedBy).toBeUndefined();
  });

  test('by a signal says that pm did not send it', () => {
    expect(outcomeOf(exit(139), 139).evidence).toBe('ended by SIGSEGV (exit 139), not sent by pm');
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
    ['lost', 'never-started', 'fix'],
  ])('after %s by %s is to %s', (outcome, reason, advice) => {
    expect(adviceOf(outcome, reason)).toBe(advice);
  });

  test('is there for every outcome', () => {
    for (const outcome of OUTCOMES) for (const reason of REASONS) expect(ADVICE).toContain(adviceOf(outcome, reason));
  });
});
