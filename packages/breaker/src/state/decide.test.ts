import { describe, expect, test } from 'vitest';
import { type Decision, type DecisionInput, decide } from './decide.ts';
import { DEFAULT_RULE, type Rule } from './rule.ts';
import { type BreakerState, CLOSED, type Opened, type Trial } from './state.ts';
import type { Timestamp } from './timestamp.ts';

const MINUTE = 60_000;
const opened: Opened = {
  cause: 'failures',
  since: at(0),
  by: 'run',
  source: 'a',
  situation: { call: 'c', tree: 't', findings: 'f' },
  isNoted: true,
  positions: {},
};
const open: BreakerState = { ...CLOSED, opened };
const trial: Trial = { at: at(0), by: 'x', forMs: MINUTE, source: 'a', after: 3 };
const same = { call: 'c', tree: 't', findings: 'f' };

test('a newest record that nobody can read refuses, whatever else is known', () => {
  const present = { now: at(9e9), isHolderDead: false, isUnreadable: true };
  for (const state of [CLOSED, open]) expect(decide(state, DEFAULT_RULE, present)).toMatchObject({ why: 'unreadable' });
});

describe('an open breaker', () => {
  test.each<[string, Partial<DecisionInput>, string, Partial<Rule>?]>([
    ['refuses the same again', { now: at(MINUTE), situation: same }, 'open'],
    ['refuses one millisecond before the cool-down is over', { now: at(10 * MINUTE - 1), situation: same }, 'open'],
    ['grants a trial when it is over', { now: at(10 * MINUTE), situation: same }, 'cooled-down'],
    ['grants a trial at once when a file has changed', { situation: { ...same, tree: 'u' } }, 'changed'],
    ['grants a trial at once when the command has changed', { situation: { ...same, call: 'd' } }, 'changed'],
    [
      'grants a trial at once when other things are found in the environment',
      { situation: { ...same, findings: 'g' } },
      'changed',
    ],
    ['sees no change in the command of another step', { situation: { ...same, call: 'd' }, source: 'b' }, 'open'],
    ['sees a change of files for another step', { situation: { ...same, tree: 'u' }, source: 'b' }, 'changed'],
    ['without git waits for the cool-down', { situation: { call: 'c' } }, 'open'],
    ['takes a look without untracked files for no change', { situation: { call: 'c', tracked: 'u' } }, 'open'],
    ['with nothing to compare waits for the cool-down', {}, 'open'],
    ['that never cools down waits for a change', { now: at(9e9), situation: same }, 'open', { coolDownMs: null }],
    ['that never cools down takes no restart for a change', { now: rebooted(9e9) }, 'open', { coolDownMs: null }],
    ['is tried after a restart of the machine', { now: rebooted(1_000) }, 'cooled-down'],
    [
      'is tried on time though the clock was set back',
      { now: { ...at(10 * MINUTE), atMs: -3_600_000 } },
      'cooled-down',
    ],
    ['waits no longer though the clock was set back', { now: { ...at(MINUTE), atMs: -3_600_000 } }, 'open'],
    ['on another host goes by the wall clock', { now: { ...at(MINUTE), host: 'o', uptimeMs: 9e9 } }, 'open'],
    [
      'on another host does not wait for a clock that is behind',
      { now: { ...at(-3_600_000), host: 'o' } },
      'cooled-down',
    ],
  ])('%s', (_, present, word, rule = {}) => {
    expect(wordOf(decide(open, { ...DEFAULT_RULE, ...rule }, { ...healthy(), ...present }))).toBe(word);
  });

  test('says when it may be tried again', () => {
    const granted = decide(open, DEFAULT_RULE, { ...healthy(), now: at(MINUTE) });
    expect(granted).toEqual({ kind: 'refused', why: 'open', nextAtMs: at(10 * MINUTE).atMs });
  });
});

describe('a trial', () => {
  test.each<[string, Partial<Trial>, Partial<DecisionInput>, string]>([
    ['keeps everybody else out, also with a change', {}, { situation: { tree: 'u' } }, 'trial-on'],
    ['whose starter died before it began is over', {}, { isHolderDead: true, situation: { tree: 'u' } }, 'changed'],
    ['goes on though its starter died, once its run has begun', { run: 'r' }, { isHolderDead: true }, 'trial-on'],
    ['goes on as long as its run', { run: 'r' }, { now: at(9e9) }, 'trial-on'],
    ['that did not begin in time is over', {}, { now: at(MINUTE), situation: { tree: 'u' } }, 'changed'],
    ['is over with the boot of the machine', {}, { now: rebooted(1) }, 'cooled-down'],
    [
      'lasts no longer when the clock is set back',
      {},
      { now: { ...at(MINUTE), atMs: -9e6 }, situation: { tree: 'u' } },
      'changed',
    ],
  ])('%s', (_, patch, present, word) => {
    const state = { ...open, trial: { ...trial, ...patch } };
    expect(wordOf(decide(state, DEFAULT_RULE, { ...healthy(), ...present }))).toBe(word);
  });
});

describe('a hold', () => {
  const hold = { v: 1, kind: 'hold', at: at(0), by: 'ann', reason: 'migration', forMs: 2 * 3_600_000 } as const;
  test.each<[string, Partial<DecisionInput>, string]>([
    ['keeps a closed breaker shut', { hold }, 'held'],
    ['ends by itself', { hold, now: at(2 * 3_600_000) }, 'allowed'],
    ['lasts over a restart', { hold, now: rebooted(3_600_000) }, 'held'],
    ['lasts no longer when the clock was set back and the machine restarted', { hold, now: rebooted(-9e6) }, 'allowed'],
    ['without an end stays', { hold: { ...hold, forMs: null }, now: at(9e9) }, 'held'],
  ])('%s', (_, present, word) => {
    expect(wordOf(decide(CLOSED, DEFAULT_RULE, { ...healthy(), ...present }))).toBe(word);
  });
});

function healthy(): DecisionInput {
  return { now: at(1_000), source: 'a', isHolderDead: false };
}

function at(ms: number): Timestamp {
  return { atMs: 1_800_000_000_000 + ms, host: 'h', bootId: 'b', uptimeMs: 50_000 + ms };
}

function rebooted(ms: number): Timestamp {
  return { ...at(ms), bootId: 'c', uptimeMs: 10 };
}

function wordOf(granted: Decision): string {
  return granted.kind === 'trial' ? granted.because : granted.kind === 'refused' ? granted.why : granted.kind;
}
