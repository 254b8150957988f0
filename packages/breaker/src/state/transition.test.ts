import type { Outcome } from '@pm/protocol';
import { describe, expect, test } from 'vitest';
import type { BreakerRun, LoggedRecord } from './events.ts';
import type { LogRecord } from './records.ts';
import type { Timestamp } from './timestamp.ts';
import { replay } from './transition.ts';

const RULE = { after: 3 };

/** One letter per run, in claim order: S F T H L C, and `.` for one that goes on. */
const OUTCOMES: Readonly<Record<string, Outcome | undefined>> = {
  S: 'success',
  F: 'failed',
  T: 'timeout',
  H: 'hung',
  L: 'lost',
  C: 'cancelled',
};

describe('what outcomes alone do', () => {
  test.each([
    ['', 'closed', 0],
    ['F', 'closed', 1],
    ['FF', 'closed', 2],
    ['FFF', 'open', 3],
    ['FTL', 'open', 3],
    ['HHH', 'open', 3],
    ['FFSFF', 'closed', 2],
    ['FFCF', 'open', 3],
    ['CCCC', 'closed', 0],
    ['FF.F', 'open', 3],
    ['FFFF', 'open', 3],
    ['FFFS', 'closed', 0],
    ['SSSFFF', 'open', 3],
    ['FFFC', 'open', 3],
  ])('%j leaves it %s with %i failures', (letters, circuit, failures) => {
    const state = replay(runs('a', letters), [], RULE);
    expect([state.opened === undefined ? 'closed' : 'open', state.failures.length]).toEqual([circuit, failures]);
  });

  test.each<[string, (number | undefined)[], string]>([
    ['opens it alone', [5], 'open'],
    ['with one of fewer leaves it closed', [2], 'closed'],
    ['adds to those before', [undefined, 2], 'open'],
    ['counts as one if it does not say', [undefined, undefined], 'closed'],
  ])('a run that failed several times in a row %s', (_, times, circuit) => {
    const told = runs('a', 'F'.repeat(times.length)).map((run, i) => ({
      ...run,
      ended: run.ended && { ...run.ended, times: times[i] },
    }));
    expect(replay(told, [], RULE).opened === undefined ? 'closed' : 'open').toBe(circuit);
  });

  test('a run that is told twice, or in another order, makes no difference', () => {
    const told = runs('a', 'FSFF');
    expect(replay([...told, ...told].reverse(), [], RULE)).toEqual(replay(told, [], RULE));
  });

  test('the late ending of an older run neither opens nor closes what came after it', () => {
    const [first, ...others] = runs('a', 'FFFF');
    const [late] = runs('b', 'S');
    const early = { ...late, begun: stamp(-1) } as BreakerRun;
    expect(replay([...others, early], [], RULE).opened?.by).toBe('a-4');
    expect(first?.id).toBe('a-1');
  });

  test('the failures of several steps add up, in the order in which they began, whatever the wall clock said', () => {
    const back = runs('b', 'S').map((run) => ({ ...run, begun: { ...stamp(1_500), atMs: -9_000_000 } }));
    expect(replay([...runs('a', 'FFF'), ...back], [], RULE).failures).toHaveLength(2);
  });
});

describe('what records do', () => {
  test.each<[string, string, Partial<LogRecord>[], string]>([
    ['a reset forgets the failures it has seen', 'FFF', [reset(3)], 'closed'],
    ['a failure that a reset has seen go on counts no more', 'FFF', [reset(3)], 'closed'],
    ['failures after a reset count anew', 'FFFFFF', [reset(3)], 'open'],
    ['two failures after a reset are two', 'FFFFF', [reset(3)], 'closed'],
    ['somebody trips it without a failure', '', [trip(0)], 'open'],
    ['the trial that succeeds closes it', 'FFFS', [trial(3)], 'closed'],
    ['the trial that fails leaves it open', 'FFFF', [trial(3)], 'open'],
    ['the trial that goes on leaves it half-open', 'FFF.', [trial(3)], 'half-open'],
    ['the trial that is cancelled leaves it open for the next', 'FFFC', [trial(3)], 'open'],
    ['the trial of a closed breaker is nothing', 'FF', [trial(2)], 'closed'],
    ['recorded endings of scripts count like runs', 'F', [ending('failed', 1), ending('lost', 1)], 'open'],
    ['a recorded success closes', 'FFF', [ending('success', 3)], 'closed'],
    ['a note of what the failures have shown changes nothing', 'FFF', [note(3)], 'open'],
    ['a note keeps it open when the runs are pruned', '', [note(3)], 'open'],
    ['a success after the note closes', '...S', [note(3)], 'closed'],
  ])('%s', (_, letters, records, circuit) => {
    const log = records.map((record, i): LoggedRecord => ({ n: i + 1, record: record as LogRecord }));
    const state = replay(runs('a', letters), log, RULE);
    expect(state.opened === undefined ? 'closed' : state.trial === undefined ? 'open' : 'half-open').toBe(circuit);
  });

  test('a note keeps it open when some of the runs are pruned', () => {
    const failures = runs('a', 'FFF').map(({ id }) => ({ id, outcome: 'failed' as const, at: stamp(0) }));
    const record = { ...note(3), opener: 'a-3', failures } as LogRecord;
    expect(replay(runs('a', 'FFF').slice(1), [{ n: 1, record }], RULE).opened?.by).toBe('a-3');
  });

  test('a failed trial counts the cool-down from its own end, and compares with what it has seen', () => {
    const state = replay(runs('a', 'FFFF'), [{ n: 1, record: trial(3) as LogRecord }], RULE);
    expect(state.opened).toMatchObject({ by: 'a-4', since: { uptimeMs: 4_500 }, situation: { tree: 'trial' } });
    expect(state.failures).toHaveLength(4);
  });

  test('what a run is compared with was seen before it began', () => {
    const before = { kind: 'situation', source: 'a', after: 2, situation: { tree: 'before the third' } };
    const log = [{ n: 1, record: { ...before, positions: { a: 2 } } as unknown as LogRecord }];
    expect(replay(runs('a', 'FFF'), log, RULE).opened?.situation).toEqual({ tree: 'before the third' });
  });

  test('a late failure of a run that began before the trial does not end the trial', () => {
    const log: LoggedRecord[] = [{ n: 1, record: { ...trial(3), positions: { a: 3, b: 1 } } as LogRecord }];
    const late = { ...runs('b', 'F')[0], begun: stamp(2_500) } as BreakerRun;
    expect(replay([...runs('a', 'FFF.'), late], log, RULE).trial?.run).toBe('a-4');
  });
});

function runs(source: string, letters: string): BreakerRun[] {
  return [...letters].map((letter, i) => {
    const outcome = OUTCOMES[letter];
    const begun = stamp((i + 1) * 1_000);
    const ended = outcome === undefined ? {} : { ended: { outcome, at: stamp((i + 1) * 1_000 + 500) } };
    return { source, n: i + 1, id: `${source}-${i + 1}`, begun, ...ended };
  });
}

function stamp(ms: number): Timestamp {
  return { atMs: 1_800_000_000_000 + ms, host: 'h', bootId: 'b', uptimeMs: ms };
}

function common(seen: number): { v: 1; at: Timestamp; by: string; positions: Record<string, number> } {
  return { v: 1, at: stamp(0), by: 'test', positions: { a: seen } };
}

function reset(seen: number): Partial<LogRecord> {
  return { ...common(seen), kind: 'reset' };
}

function trip(seen: number): Partial<LogRecord> {
  return { ...common(seen), kind: 'trip', cause: 'asked', since: stamp(0), opener: 'test', failures: [] };
}

function note(seen: number): Partial<LogRecord> {
  const failures = [{ id: 'x', outcome: 'failed' as const, at: stamp(0) }];
  return { ...common(seen), kind: 'trip', cause: 'failures', since: stamp(0), opener: 'x', failures };
}

function trial(seen: number): Partial<LogRecord> {
  return { ...common(seen), kind: 'trial', forMs: 1_000, source: 'a', after: seen, situation: { tree: 'trial' } };
}

function ending(outcome: Outcome, seen: number): Partial<LogRecord> {
  return { ...common(seen), kind: 'ending', outcome };
}
