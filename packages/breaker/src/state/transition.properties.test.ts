import type { Outcome } from '@pm/protocol';
import { LONG } from '@pm/testing';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BreakerRun, LoggedRecord } from './events.ts';
import type { LogRecord } from './records.ts';
import type { BreakerState, Failure } from './state.ts';
import type { Timestamp } from './timestamp.ts';
import { replay } from './transition.ts';

// The model is a table of what happened, in the order in which it began, and a count over it: no stamps, no claims, no positions.
// Whatever the clocks did meanwhile, in whatever order things ended, and however often they are told, the replay must agree with it.

type Event =
  | { readonly kind: 'run'; readonly source: 'a' | 'b'; readonly outcome: Outcome | undefined }
  | { readonly kind: 'script'; readonly outcome: Outcome }
  | { readonly kind: 'trial'; readonly source: 'a' | 'b' | undefined }
  | { readonly kind: 'reset' | 'trip' };

interface Model {
  readonly failures: number;
  readonly isOpen: boolean;
  /** Whose next ending ends the trial: a source, a script, or the run that has begun. */
  readonly trial: 'a' | 'b' | 'script' | undefined;
}

const outcome = fc.constantFrom<Outcome>(
  'success',
  'failed',
  'failed',
  'failed',
  'timeout',
  'hung',
  'lost',
  'cancelled',
);
const source = fc.constantFrom('a' as const, 'b' as const);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('run' as const),
      source,
      outcome: fc.option(outcome, { nil: undefined, freq: 6 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('script' as const), outcome }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('trial' as const), source: fc.option(source, { nil: undefined }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('reset' as const, 'trip' as const) }) },
);

/** How far a clock moves before each event, ms: back by hours, or on; and whether the machine is restarted. */
const step = fc.record({ wallMs: fc.integer({ min: -7_200_000, max: 7_200_000 }), reboots: fc.boolean() });

test('the replay agrees with the model, whatever the clocks did and in whatever order it is told', () => {
  const property = fc.property(
    fc.array(fc.tuple(event, step), { maxLength: 40 }),
    fc.integer({ min: 1, max: 5 }),
    fc.infiniteStream(fc.nat()),
    (happened, after, dice) => {
      const { runs, log, expected } = play(happened, after);
      const told = [...runs, ...runs.filter(() => (dice.next().value ?? 0) % 2 === 0)];
      const shuffled = told.map((run) => [dice.next().value ?? 0, run] as const).sort(([x], [y]) => x - y);
      const state = replay(
        shuffled.map(([, run]) => run),
        [...log].reverse(),
        { after },
      );
      const { failures, opened, trial } = state;
      expect({ failures: failures.length, isOpen: opened !== undefined, hasTrial: trial !== undefined }).toEqual({
        failures: expected.failures,
        isOpen: expected.isOpen,
        hasTrial: expected.trial !== undefined,
      });
    },
  );
  fc.assert(property, { numRuns: LONG ? 2_000 : 300 });
});

test('whoever notes on the way that it has opened, though some endings came late, changes nothing', () => {
  const property = fc.property(
    fc.array(fc.tuple(event, step), { maxLength: 30 }),
    fc.array(fc.nat({ max: 8 }), { minLength: 1 }),
    (happened, delays) => {
      const { runs, log, expected } = play(happened, 3, delays);
      expect(replay(runs, log, { after: 3 }).opened !== undefined).toBe(expected.isOpen);
    },
  );
  fc.assert(property, { numRuns: LONG ? 2_000 : 300 });
});

/** @param delays how many events later an ending is known; given them, somebody looks after each event, and notes what it has seen */
function play(
  happened: readonly (readonly [Event, { wallMs: number; reboots: boolean }])[],
  after: number,
  delays?: readonly number[],
) {
  const runs: BreakerRun[] = [];
  const log: LoggedRecord[] = [];
  const bornAt: number[] = [];
  const claims = { a: 0, b: 0 };
  let clock: Timestamp = { atMs: 1_800_000_000_000, host: 'h', bootId: 'boot 0', uptimeMs: 0 };
  let model: Model = { failures: 0, isOpen: false, trial: undefined };
  let lastSource: 'a' | 'b' | undefined;
  for (const [i, [one, { wallMs, reboots }]] of happened.entries()) {
    // Two sources without a record between them are told apart by the boot clock alone; a restart comes with a record.
    const isRecorded = one.kind !== 'run' || (lastSource !== undefined && lastSource !== one.source && reboots);
    if (isRecorded && one.kind === 'run') {
      log.push({ n: log.length + 1, record: recordOf({ kind: 'situation' }, clock, claims) });
      clock = { ...clock, bootId: `boot ${i}`, uptimeMs: 0 };
    }
    clock = { ...clock, atMs: clock.atMs + wallMs, uptimeMs: clock.uptimeMs + 10 };
    if (one.kind === 'run') {
      const n = ++claims[one.source];
      lastSource = one.source;
      const ended = one.outcome === undefined ? {} : { ended: { outcome: one.outcome, at: clock } };
      bornAt.push(i);
      runs.push({ source: one.source, n, id: `${one.source}-${n}`, begun: clock, ...ended });
    } else {
      lastSource = undefined;
      log.push({ n: log.length + 1, record: recordOf(one, clock, claims, known(i).failures) });
    }
    model = next(model, one, after);
    if (delays !== undefined) note(i);
  }
  return { runs, log, expected: model };

  function known(i: number): BreakerState {
    return replay(seenAfter(i), log, { after });
  }

  /** The runs after event i: of those that began lately it is not known yet how they ended. */
  function seenAfter(i: number): BreakerRun[] {
    return runs.map((run, k) => {
      const isLate = delays !== undefined && (bornAt[k] ?? 0) + (delays[k % delays.length] ?? 0) > i;
      return isLate ? { ...run, ended: undefined } : run;
    });
  }

  function note(i: number): void {
    const { opened, failures } = known(i);
    if (opened === undefined || opened.isNoted) return;
    const { since, by: opener, positions } = opened;
    const settled = seenAfter(i).every(({ ended }) => ended !== undefined);
    const record = {
      v: 1,
      kind: 'trip',
      cause: 'failures',
      at: clock,
      by: 'x',
      since,
      opener,
      failures,
      positions,
    } as const;
    log.push({
      n: log.length + 1,
      record: { ...record, failures: failures.map((failure) => ({ ...failure })), settled },
    });
  }
}

function next(model: Model, one: Event, after: number): Model {
  switch (one.kind) {
    case 'reset':
      return { failures: 0, isOpen: false, trial: undefined };
    case 'trip':
      return { ...model, isOpen: true, trial: undefined };
    case 'trial':
      return model.isOpen ? { ...model, trial: one.source ?? 'script' } : model;
    case 'run':
    case 'script': {
      const isTrial = model.trial === (one.kind === 'run' ? one.source : 'script');
      if (one.outcome === undefined) return model;
      if (one.outcome === 'success') return { failures: 0, isOpen: false, trial: undefined };
      if (one.outcome === 'cancelled') return isTrial ? { ...model, trial: undefined } : model;
      if (model.isOpen && !isTrial) return model;
      const failures = model.failures + 1;
      return { failures, isOpen: model.isOpen || failures >= after, trial: undefined };
    }
  }
}

function recordOf(
  one: Exclude<Event, { kind: 'run' }> | { kind: 'situation' },
  at: Timestamp,
  claims: Readonly<Record<'a' | 'b', number>>,
  failures: readonly Failure[] = [],
): LogRecord {
  const common = { v: 1 as const, at, by: 'model', positions: { ...claims } };
  switch (one.kind) {
    case 'script':
      return { ...common, kind: 'ending', outcome: one.outcome };
    case 'situation':
      return { ...common, kind: 'situation', source: 'a', after: claims.a, situation: {} };
    case 'reset':
      return { ...common, kind: 'reset' };
    case 'trip':
      return {
        ...common,
        kind: 'trip',
        cause: 'asked',
        since: at,
        opener: 'model',
        failures: failures.map((failure) => ({ ...failure })),
      };
    case 'trial': {
      const run = one.source === undefined ? {} : { source: one.source, after: claims[one.source] };
      return { ...common, kind: 'trial', forMs: 1_000, ...run };
    }
  }
}
