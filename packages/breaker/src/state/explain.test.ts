import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DecisionInput, decide } from './decide.ts';
import type { BreakerRun, LoggedRecord } from './events.ts';
import { explain, likelyCauseOf } from './explain.ts';
import type { Hold, LogRecord } from './records.ts';
import { DEFAULT_RULE } from './rule.ts';
import type { Situation } from './situation.ts';
import type { BreakerState } from './state.ts';
import type { Timestamp } from './timestamp.ts';
import { replay } from './transition.ts';

const NETWORK = 'ECONNREFUSED 127.0.0.1:8123';

describe('what failures in a row suggest', () => {
  test.each<[string, string, string, 'work' | 'infrastructure' | undefined]>([
    ['an assertion, edits between', 'AssertionError: # == #', 'abc', 'work'],
    ['an assertion, nothing edited', 'AssertionError: # == #', 'aaa', 'work'],
    ['a KeyError', "KeyError: 'lr'", 'aaa', 'work'],
    ['a compiler error', 'main.c:#:#: error: expected', 'aaa', 'work'],
    ['the network, nothing changed', NETWORK, 'aaa', 'infrastructure'],
    ['the network, and nobody could look', NETWORK, '---', 'infrastructure'],
    ['the network, edits between', NETWORK, 'abc', 'work'],
    ['the network, an edit before the last run', NETWORK, 'aab', 'work'],
    ['the network, an edit before the second run', NETWORK, 'abb', undefined],
    ['an unknown error, nothing changed', 'something went wrong', 'aaa', undefined],
    ['an unknown error, edits between', 'something went wrong', 'abc', 'work'],
    ['a test of the network', 'FAIL net.test.ts > handles ECONNREFUSED', 'aaa', 'work'],
  ])('%s', (_, signature, trees, expected) => {
    expect(likelyCauseOf(failedThrice(signature, trees))).toBe(expected);
  });

  test('is nothing if somebody tripped it', () => {
    const trip = { ...common(), kind: 'trip', cause: 'asked', since: at(0), opener: 'ann', failures: [] } as const;
    expect(likelyCauseOf(replay([], [{ n: 1, record: trip as unknown as LogRecord }], DEFAULT_RULE))).toBeUndefined();
  });
});

describe('the words', () => {
  test.each<[string, Situation | undefined, Situation | undefined, RegExp]>([
    ['git compared', { tree: 'x' }, { tree: 'x' }, /, and nothing that git sees has changed since$/],
    ['git and checks', { tree: 'x', findings: 'f' }, { tree: 'x' }, /changed since; its checks were not run again$/],
    [
      'no git, the command',
      { call: 'c' },
      { call: 'c' },
      /, and its command has not changed; git could not compare the files$/,
    ],
    ['no git, a script', {}, {}, /\(E\); git could not compare the files$/],
    ['a slow look', { tree: 'x' }, { tracked: 'x' }, /\(E\); git could not compare the files$/],
    ['nobody looked', { tree: 'x' }, undefined, /\(E\)$/],
    [
      'something changed',
      { tree: 'x' },
      { tree: 'y' },
      /; something has changed since, so the next start is let through as a trial$/,
    ],
  ])('say what was compared: %s', (_, before, situation, words) => {
    const failures = [1, 2, 3].map((n) => ({ id: `${n}`, outcome: 'failed' as const, at: at(n), signature: 'E' }));
    const opened = {
      cause: 'failures',
      since: at(3),
      by: '3',
      situation: before,
      isNoted: false,
      positions: {},
    } as const;
    const state: BreakerState = { failures, opened, situations: {}, positions: {} };
    const decision = decide(state, DEFAULT_RULE, { now: at(4), isHolderDead: false, situation });
    expect(explain({ state, decision, situation })).toMatch(words);
  });

  test('promise and refuse exactly what a start would be told, whatever happened before', () => {
    const tree = fc.constantFrom('a', 'b');
    const situation = fc.option(
      fc.oneof<fc.Arbitrary<Situation>[]>(fc.record({ tree }), fc.record({ call: tree }), fc.record({ tracked: tree })),
      {
        nil: undefined,
      },
    );
    const run = fc.record({
      outcome: fc.constantFrom('failed', 'failed', 'failed', 'timeout', 'lost', 'success', 'cancelled', undefined),
      signature: fc.constantFrom(NETWORK, 'AssertionError', 'x', undefined),
      situation,
      also: fc.constantFrom('none', 'none', 'none', 'trial', 'trip', 'reset'),
    });
    const hold = fc.option(fc.record({ atMs: fc.nat(2_000), forMs: fc.option(fc.nat(800_000)) }), { nil: undefined });
    const present = fc.record({ laterMs: fc.nat(1_500_000), isHolderDead: fc.boolean(), isUnreadable: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 9 }),
        situation,
        hold,
        present,
        (happened, now, held, { laterMs, ...rest }) => {
          const state = play(happened);
          const holding = held === undefined ? undefined : holdOf(held.atMs, held.forMs);
          const input: DecisionInput = {
            now: at(10_000 + laterMs),
            situation: now,
            source: 'a',
            hold: holding,
            ...rest,
          };
          const decision = decide(state, DEFAULT_RULE, input);
          const said = explain({ state, hold: holding, decision, situation: now });
          const promises = /let through as a trial$/.test(said ?? '');
          expect({ silent: said === undefined, promises }).toEqual({
            silent: decision.kind === 'allowed',
            promises: decision.kind === 'trial',
          });
          if (decision.kind !== 'refused') expect(said ?? '').not.toMatch(/infrastructure|nothing that git sees/);
          if (/infrastructure/.test(said ?? '')) expect(state.failures.at(-1)?.signature).toBe(NETWORK);
          if (/nothing that git sees has changed/.test(said ?? '')) {
            const before = state.opened?.situation;
            expect([before?.tree, before?.tracked]).toEqual([now?.tree, now?.tracked]);
          }
        },
      ),
    );
  });
});

interface Happened {
  readonly outcome: BreakerRun['ended'] extends infer E
    ? E extends { outcome: infer O }
      ? O | undefined
      : never
    : never;
  readonly signature: string | undefined;
  readonly situation: Situation | undefined;
  readonly also: string;
}

/** Runs of step `a`, each with the situation before it, and a record after it. */
function play(happened: readonly Happened[]): BreakerState {
  const log: LoggedRecord[] = [];
  const put = (record: object, seen: number): void => {
    log.push({ n: log.length + 1, record: { ...common(seen), ...record } as LogRecord });
  };
  const runs = happened.map(({ outcome, signature, situation, also }, i): BreakerRun => {
    if (situation !== undefined) put({ kind: 'situation', source: 'a', after: i, situation }, i);
    if (also === 'trial') put({ kind: 'trial', forMs: 1_000, source: 'a', after: i, situation }, i);
    if (also === 'reset') put({ kind: 'reset' }, i + 1);
    if (also === 'trip')
      put({ kind: 'trip', cause: 'asked', since: at(i * 1_000), opener: 'ann', failures: [] }, i + 1);
    const ended = outcome === undefined ? {} : { ended: { outcome, signature, at: at(i * 1_000 + 500) } };
    return { source: 'a', n: i + 1, id: `a-${i + 1}`, begun: at(i * 1_000), ...ended };
  });
  return replay(runs, log, DEFAULT_RULE);
}

/** @param trees a letter for the files before each run; `-` where nobody looked */
function failedThrice(signature: string, trees: string): BreakerState {
  return play(
    [...trees].map((tree) => ({
      outcome: 'failed',
      signature,
      situation: tree === '-' ? undefined : { tree },
      also: 'none',
    })),
  );
}

function holdOf(atMs: number, forMs: number | null): Hold {
  return { v: 1, kind: 'hold', at: at(atMs), by: 'ann', reason: 'migration', forMs };
}

function common(seen = 0): { v: 1; at: Timestamp; by: string; positions: Record<string, number> } {
  return { v: 1, at: at(seen * 1_000), by: 'test', positions: { a: seen } };
}

function at(ms: number): Timestamp {
  return { atMs: 1_800_000_000_000 + ms, host: 'h', bootId: 'b', uptimeMs: 50_000 + ms };
}
