import { DEFAULT_POLICY, LIVENESS, type Policy } from '@pm/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstSilence, type InheritedSilence, nextSilence, type SignsOfLife, type SilenceState } from './silence.ts';

const policy: Policy = { ...DEFAULT_POLICY, liveness: 'output', beatMs: 10_000 };
const PLAN = 12_000;

/** Ten minutes into a run that has printed, beaten and worked. */
const signs: SignsOfLife = {
  beat: 60,
  beatWallAgeMs: 4_000,
  logBytes: 500,
  ownBeatAtMs: 1_000,
  cpuMs: 40_000,
  ioBytes: 900_000,
  active: false,
  excused: false,
  ordered: false,
  sinceClaimMs: 605_000,
};

const before: SilenceState = {
  signs,
  elapsedMs: 600_000,
  beatAgeMs: 3_000,
  silentMs: 24_000,
  missedLooks: 2,
  quietMs: 50_000,
  orderAgeMs: 0,
  unrecordedMs: 0,
};

/** One look as planned, with nothing new to see but this. */
function look(
  patch: Partial<SignsOfLife>,
  change: Partial<Policy> = {},
  gapMs = PLAN,
  silence: SilenceState = before,
): SilenceState {
  return nextSilence(silence, { ...signs, sinceClaimMs: 1e9, ...patch }, gapMs, PLAN, { ...policy, ...change });
}

describe('the first look', () => {
  const first = (patch: Partial<SignsOfLife>, past?: InheritedSilence, change: Partial<Policy> = {}): SilenceState =>
    firstSilence({ ...signs, ...patch }, { ...policy, ...change }, past);

  test('takes the awake time from the beats and the age of the last', () => {
    expect(first({}).elapsedMs).toBe(604_000);
  });

  test('grants a clock that jumped one beat at most', () => {
    expect(first({ beatWallAgeMs: 86_400_000 }).elapsedMs).toBe(610_000);
    expect(first({ beatWallAgeMs: -86_400_000 }).elapsedMs).toBe(600_000);
  });

  test('does not believe beats of more time than there was', () => {
    expect(first({ beat: 999_999_999, beatWallAgeMs: 0 }).elapsedMs).toBe(605_000);
  });

  const counted: InheritedSilence = {
    ...signs,
    beat: 60,
    elapsedMs: 603_500,
    awakeAtMs: 50_000,
    silentMs: 20_000,
    quietMs: 40_000,
  };
  const late = { sinceClaimMs: 1e9 };
  const alone = { ...late, unattended: true, awakeAtMs: 80_000 };

  test.each<[string, Partial<SignsOfLife>, InheritedSilence, number]>([
    ['takes what was counted since the last beat', { beatWallAgeMs: 0 }, counted, 603_500],
    ['but the beats, once there is another', { beat: 61, beatWallAgeMs: 0, ...late }, counted, 610_000],
    ['adds no time between while the wrapper lives', { ...alone, unattended: false }, counted, 604_000],
    ['without a wrapper the time between counts, awake', alone, counted, 633_500],
    ['also if it beat once more before it died', { ...alone, beat: 61 }, counted, 633_500],
    ['also if it died while it wrote its beat', { ...alone, beat: undefined }, counted, 633_500],
    ['not on a machine whose clock does not stand still', { ...alone, awakeAtMs: undefined }, counted, 604_000],
    ['not by a clock that runs backwards', { ...alone, awakeAtMs: 10 }, counted, 604_000],
    ['believes no trace of more time than there was', { ...alone, sinceClaimMs: 620_000 }, counted, 620_000],
    ['nor one of an earlier version', alone, { ...counted, elapsedMs: undefined }, 604_000],
  ])('%s', (_, patch, past, elapsedMs) => expect(first(patch, past).elapsedMs).toBe(elapsedMs));

  test('without a wrapper a silence goes on with the time between', () => {
    expect(first(alone, counted)).toMatchObject({ silentMs: 50_000, quietMs: 70_000 });
    expect(first({ ...alone, logBytes: 501 }, counted)).toMatchObject({ silentMs: 0, quietMs: 0 });
  });

  test('has a beat that is being rewritten begin at nothing', () => {
    expect(first({ beat: undefined, beatWallAgeMs: 0 }).elapsedMs).toBe(0);
  });

  test('holds nothing against a run that nobody watched before', () => {
    expect(first({})).toMatchObject({ silentMs: 0, missedLooks: 0, quietMs: 0, beatAgeMs: 0, orderAgeMs: 0 });
  });

  const past: InheritedSilence = { ...signs, beat: 57, silentMs: 20_000, quietMs: 40_000 };

  test.each<[string, Partial<SignsOfLife>, Partial<Policy>, number, number]>([
    ['inherits a silence, and the beats since', {}, {}, 50_000, 70_000],
    ['inherits no silence if something was printed since', { logBytes: 501 }, {}, 0, 0],
    ['inherits a silence of its beats, whatever was printed', { logBytes: 501 }, { liveness: 'beat' }, 50_000, 0],
    ['inherits no silence of its beats if it has beaten since', { ownBeatAtMs: 2_000 }, { liveness: 'beat' }, 0, 0],
    [
      'inherits a silence of its activity',
      { cpuMs: 40_299, ioBytes: 904_095 },
      { liveness: 'activity' },
      50_000,
      70_000,
    ],
    ['inherits none after a hundredth of a core', { cpuMs: 40_300 }, { liveness: 'activity' }, 0, 0],
    ['inherits none after a page of I/O', { ioBytes: 904_096 }, { liveness: 'activity' }, 0, 0],
    ['inherits none by the wrapper', {}, { liveness: 'wrapper' }, 0, 70_000],
    ['inherits none while it is suspended or between attempts', { excused: true }, {}, 0, 0],
    ['inherits none from another attempt', { attempt: 2 }, {}, 0, 0],
    ['inherits nothing from beats to come', { beat: 56 }, {}, 0, 0],
    ['inherits what there was if the beat is being rewritten', { beat: undefined }, {}, 20_000, 40_000],
  ])('%s', (_, patch, change, silentMs, quietMs) => {
    expect(first(patch, past, change)).toMatchObject({ silentMs, quietMs, missedLooks: 0 });
  });
});

describe('one look later', () => {
  test.each<[string, Partial<SignsOfLife>, Partial<Policy>, number, number, number]>([
    ['nothing new adds to the silence', {}, {}, 36_000, 3, 62_000],
    ['output ends it', { logBytes: 501 }, {}, 0, 0, 0],
    ['less output than before is output', { logBytes: 3 }, {}, 0, 0, 0],
    ['activity does not end a silence of output, but the quiet', { active: true }, {}, 36_000, 3, 0],
    ['its own beat does not end a silence of output, but the quiet', { ownBeatAtMs: 2_000 }, {}, 36_000, 3, 0],
    ['activity ends a silence of activity', { active: true }, { liveness: 'activity' }, 0, 0, 0],
    ['no activity is silence', {}, { liveness: 'activity' }, 36_000, 3, 62_000],
    [
      'activity that could not be seen is no activity',
      { active: undefined },
      { liveness: 'activity' },
      36_000,
      3,
      62_000,
    ],
    ['its own beat ends a silence of beats', { ownBeatAtMs: 2_000 }, { liveness: 'beat' }, 0, 0, 0],
    ['output does not end a silence of beats', { logBytes: 501 }, { liveness: 'beat' }, 36_000, 3, 0],
    ['the beat of the wrapper is no evidence but its own', { beat: 61 }, {}, 36_000, 3, 62_000],
    ['by the wrapper, its beat is the evidence', { beat: 61 }, { liveness: 'wrapper' }, 0, 0, 62_000],
    ['by the wrapper, no beat is a missed look', {}, { liveness: 'wrapper' }, 36_000, 3, 62_000],
    ['a command that is suspended or between attempts is excused', { excused: true }, {}, 0, 0, 0],
    ['another attempt answers for itself alone', { attempt: 2 }, {}, 0, 0, 0],
  ])('%s', (_, patch, change, silentMs, missedLooks, quietMs) => {
    expect(look(patch, change)).toMatchObject({ silentMs, missedLooks, quietMs });
  });

  test.each<[string, Partial<SignsOfLife>, number, number]>([
    ['the time of the look is awake time', {}, PLAN, 612_000],
    ['a look that came early counts as it was', {}, 100, 600_100],
    ['a look that came late counts as planned', {}, 900_000, 612_000],
    ['the beats count what the watcher slept through', { beat: 150 }, 900_000, 1_500_000],
    ['a beat that is being rewritten takes nothing back', { beat: undefined }, PLAN, 612_000],
    ['a beat that went backwards takes nothing back', { beat: 1 }, PLAN, 612_000],
    ['a beat of more time than there was is not believed', { beat: 999_999_999, sinceClaimMs: 613_000 }, PLAN, 613_000],
  ])('%s', (_, patch, gapMs, elapsedMs) => {
    expect(look(patch, {}, gapMs).elapsedMs).toBe(elapsedMs);
  });

  test('a beat that changed is new, one that did not grows older by the plan at most', () => {
    expect(look({ beat: 61 }).beatAgeMs).toBe(0);
    expect(look({}).beatAgeMs).toBe(15_000);
    expect(look({}, {}, 900_000).beatAgeMs).toBe(15_000);
    expect(look({ beat: undefined }).beatAgeMs).toBe(15_000);
  });

  test.each([
    ['an ending', 'ordered', 'orderAgeMs'],
    ['an empty exit', 'unrecorded', 'unrecordedMs'],
  ] as const)('%s is as old as it was seen on two looks in a row', (_, sign, age) => {
    const first = look({ [sign]: true });
    expect(first[age]).toBe(0);
    const second = look({ [sign]: true }, {}, PLAN, first);
    expect(second[age]).toBe(PLAN);
    expect(look({ [sign]: false }, {}, PLAN, second)[age]).toBe(0);
  });
});

describe('whatever is seen', () => {
  const ms = fc.nat(2_000_000);
  const someSigns: fc.Arbitrary<SignsOfLife> = fc.record({
    beat: fc.option(fc.nat(1_000_000), { nil: undefined }),
    beatWallAgeMs: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    logBytes: fc.nat(3),
    ownBeatAtMs: fc.nat(2),
    cpuMs: fc.nat(100),
    ioBytes: fc.nat(10_000),
    active: fc.option(fc.boolean(), { nil: undefined }),
    excused: fc.boolean(),
    ordered: fc.boolean(),
    unrecorded: fc.boolean(),
    sinceClaimMs: ms,
  });
  const somePolicy = fc.constantFrom(...LIVENESS).map((liveness): Policy => ({ ...policy, liveness }));
  const someLooks = fc.array(fc.record({ signs: someSigns, gapMs: ms, plannedGapMs: ms }), {
    minLength: 1,
    maxLength: 30,
  });
  const history = fc.tuple(someSigns, somePolicy, someLooks);

  /** Asserts a claim about each two looks in a row. */
  function always(
    claim: (was: SilenceState, is: SilenceState, creditMs: number, policy: Policy, signs: SignsOfLife) => boolean,
  ): void {
    fc.assert(
      fc.property(history, ([first, by, looks]) => {
        let was = firstSilence(first, by, undefined);
        return looks.every(({ signs: seen, gapMs, plannedGapMs }) => {
          const is = nextSilence(was, seen, gapMs, plannedGapMs, by);
          const holds = claim(was, is, Math.min(gapMs, plannedGapMs), by, seen);
          was = is;
          return holds;
        });
      }),
    );
  }

  test('awake time never decreases', () => {
    always((was, is) => is.elapsedMs >= was.elapsedMs);
  });

  test('awake time grows by what was planned, or by what the beats say and the clock allows', () => {
    always((was, is, credit, { beatMs }, { sinceClaimMs }) => {
      const byBeats = Math.min((is.signs.beat ?? 0) * beatMs, sinceClaimMs);
      return is.elapsedMs === Math.max(was.elapsedMs + credit, byBeats);
    });
  });

  test('nothing is held against a run for longer than it was planned to be looked at', () => {
    always(
      (was, is, credit) =>
        is.silentMs <= was.silentMs + credit &&
        is.quietMs <= was.quietMs + credit &&
        is.beatAgeMs <= was.beatAgeMs + credit &&
        is.orderAgeMs <= was.orderAgeMs + credit &&
        is.unrecordedMs <= was.unrecordedMs + credit,
    );
  });

  test('one look is at most one missed look', () => {
    always((was, is) => is.missedLooks === 0 || is.missedLooks === was.missedLooks + 1);
  });

  test('a watcher that was starved adds no silence for it', () => {
    fc.assert(
      fc.property(someSigns, somePolicy, ms, ms, (seen, by, plannedGapMs, starvedMs) => {
        const was = firstSilence(signs, by, undefined);
        const inTime = nextSilence(was, seen, plannedGapMs, plannedGapMs, by);
        expect(nextSilence(was, seen, plannedGapMs + starvedMs, plannedGapMs, by)).toEqual(inTime);
      }),
    );
  });

  test('silence and missed looks begin and end together', () => {
    always((_, is) => is.missedLooks > 0 || is.silentMs === 0);
  });
});
