import type { Policy } from '@pm/protocol';

/** The signs of life that one look reads: values to compare with those of the look before. */
export interface SignsOfLife {
  /** The number of the wrapper's last beat; undefined while it is being rewritten. */
  readonly beat: number | undefined;
  /** How old the beat is by the wall clock; used at the first look only. */
  readonly beatWallAgeMs: number;
  readonly logBytes: number;
  /** mtime of the job's own heartbeat file, 0 if it has none. */
  readonly ownBeatAtMs: number;
  /** CPU and I/O of the tree since it began. */
  readonly cpuMs: number;
  readonly ioBytes: number;
  /** The tree has used CPU or I/O since the look before; undefined on the first. */
  readonly active: boolean | undefined;
  /** The command is stopped, or between two attempts, and cannot give any sign of life: none is expected. */
  readonly excused: boolean;
  /** The number of the current attempt; absent where there is only one. */
  readonly attempt?: number | undefined;
  /** Its wrapper is gone, so no more beats count its time. */
  readonly unattended?: boolean;
  /**
   * The instant of the look, ms, on a clock of this boot that stands still while the machine sleeps; absent where there
   * is none.
   */
  readonly awakeAtMs?: number | undefined;
  /** An ending is on record. */
  readonly ordered: boolean;
  /** The command has ended, and something keeps its exit from being recorded. */
  readonly unrecorded?: boolean;
  /** By the wall clock. The run cannot have been awake for longer. */
  readonly sinceClaimMs: number;
}

/**
 * How long a run has gone without each sign of life, and how long it has run. What a watcher keeps from look to look.
 */
export interface SilenceState {
  readonly signs: SignsOfLife;
  readonly elapsedMs: number;
  readonly beatAgeMs: number;
  readonly silentMs: number;
  readonly missedLooks: number;
  readonly quietMs: number;
  readonly orderAgeMs: number;
  readonly unrecordedMs: number;
}

/**
 * What the last monitor has left (`trace.ts`). With it many short waits find a hang that none of them could find alone.
 */
export type InheritedSilence = Pick<SignsOfLife, 'logBytes' | 'ownBeatAtMs' | 'cpuMs' | 'ioBytes'> & {
  readonly beat: number;
  readonly attempt?: number | undefined;
  readonly elapsedMs?: number | undefined;
  readonly awakeAtMs?: number | undefined;
  readonly silentMs: number;
  readonly quietMs: number;
};

/**
 * The state after the first look. The elapsed time is what the beats count, or what was inherited if no beat came
 * since. The silence is what was inherited, unless a sign of life came since.
 */
export function firstSilence(seen: SignsOfLife, policy: Policy, inherited: InheritedSilence | undefined): SilenceState {
  const { beatMs } = policy;
  // A wrapper that died while it wrote its beat has left none. One that is just writing it has left the one before.
  const signs = { ...seen, beat: seen.beat ?? inherited?.beat ?? (seen.unattended === true ? 0 : undefined) };
  const sinceBeatMs = Math.min(Math.max(signs.beatWallAgeMs, 0), beatMs); // at most one beat, even if the clock has jumped
  const silence = inherited === undefined ? NO_SILENCE : inheritedSilence(signs, policy, inherited);
  return {
    signs,
    elapsedMs: Math.max(awakeMs(signs.beat, signs, policy) + sinceBeatMs, inheritedElapsed(signs, inherited)),
    beatAgeMs: 0,
    missedLooks: 0,
    orderAgeMs: 0,
    unrecordedMs: 0,
    ...silence,
  };
}

/**
 * The state one look later. No more time is counted than was planned between the two looks: a watcher that was stopped,
 * starved or asleep with the machine has seen nothing meanwhile, and must not count that against the run. The beats
 * count the rest of its awake time.
 */
export function nextSilence(
  before: SilenceState,
  signs: SignsOfLife,
  gapMs: number,
  plannedGapMs: number,
  policy: Policy,
): SilenceState {
  const credit = Math.min(gapMs, plannedGapMs);
  const beat = signs.beat ?? before.signs.beat;
  const output = signs.logBytes !== before.signs.logBytes;
  const ownBeat = signs.ownBeatAtMs !== before.signs.ownBeatAtMs;
  const activity = signs.active === true;
  // Whoever asks the checks counts for how long they fail, see `failing` of an observation.
  const evidence = { wrapper: beat !== before.signs.beat, output, activity, beat: ownBeat, check: true }[
    policy.liveness
  ];
  // A new attempt starts without any silence.
  const isExcused = signs.excused || signs.attempt !== before.signs.attempt;
  const endsSilence = evidence || isExcused;
  const endsQuiet = output || ownBeat || activity || isExcused;
  return {
    signs: { ...signs, beat },
    elapsedMs: Math.max(before.elapsedMs + credit, awakeMs(beat, signs, policy)),
    beatAgeMs: beat !== before.signs.beat ? 0 : before.beatAgeMs + credit,
    silentMs: endsSilence ? 0 : before.silentMs + credit,
    missedLooks: endsSilence ? 0 : before.missedLooks + 1,
    quietMs: endsQuiet ? 0 : before.quietMs + credit,
    orderAgeMs: signs.ordered && before.signs.ordered ? before.orderAgeMs + credit : 0,
    unrecordedMs: signs.unrecorded && before.signs.unrecorded ? before.unrecordedMs + credit : 0,
  };
}

/** The awake time by the beats. Limited to the age of the run: the job can write any number into the heartbeat. */
function awakeMs(beat: number | undefined, { sinceClaimMs }: SignsOfLife, { beatMs }: Policy): number {
  return Math.min((beat ?? 0) * beatMs, sinceClaimMs);
}

/**
 * The last monitor's count holds until the next beat; without a wrapper there is none. Limited to the age of the run.
 */
function inheritedElapsed(signs: SignsOfLife, past: InheritedSilence | undefined): number {
  if (past?.elapsedMs === undefined || (signs.beat !== past.beat && signs.unattended !== true)) return 0;
  return Math.min(past.elapsedMs + sinceTraceMs(signs, past), signs.sinceClaimMs);
}

/** Without beats the machine's awake clock says how long nobody looked. 0 where there is no such clock. */
function sinceTraceMs({ unattended, awakeAtMs }: SignsOfLife, past: InheritedSilence): number {
  if (unattended !== true || awakeAtMs === undefined || past.awakeAtMs === undefined) return 0;
  return Math.max(awakeAtMs - past.awakeAtMs, 0);
}

const NO_SILENCE = { silentMs: 0, quietMs: 0 };

function inheritedSilence(signs: SignsOfLife, policy: Policy, past: InheritedSilence): typeof NO_SILENCE {
  const beats = (signs.beat ?? past.beat) - past.beat;
  if (beats < 0 || signs.excused || signs.attempt !== past.attempt) return NO_SILENCE;
  const sinceMs = Math.max(beats * policy.beatMs, sinceTraceMs(signs, past));
  const output = signs.logBytes !== past.logBytes;
  const ownBeat = signs.ownBeatAtMs !== past.ownBeatAtMs;
  // By the totals of the tree: a page of I/O, or a hundredth of a core over the time between, is a sign of life.
  const active = signs.ioBytes - past.ioBytes >= 4096 || signs.cpuMs - past.cpuMs >= Math.max(sinceMs / 100, 10);
  const evidence = { wrapper: true, output, activity: active, beat: ownBeat, check: true }[policy.liveness];
  return {
    silentMs: evidence ? 0 : past.silentMs + sinceMs,
    quietMs: output || ownBeat || active ? 0 : past.quietMs + sinceMs,
  };
}
