import type { Policy } from '@pm/protocol';

/** SignsOfLife of life as one look reads them: values to compare with the look before. */
export interface SignsOfLife {
  /** The wrapper's beat number; undefined while it is being rewritten. */
  readonly beat: number | undefined;
  /** How old the beat is by the wall clock; used once, for the first look only. */
  readonly beatWallAgeMs: number;
  readonly logBytes: number;
  /** mtime of the job's own beat file, 0 if it has none. */
  readonly ownBeatAtMs: number;
  /** CPU and I/O of the tree since it began. */
  readonly cpuMs: number;
  readonly ioBytes: number;
  /** CPU or I/O above its floor since the look before; undefined on the first. */
  readonly active: boolean | undefined;
  /** The command is stopped, or between two attempts: it cannot give any sign, and owes none. */
  readonly excused: boolean;
  /** Which attempt of the run is on; absent where there is only one. */
  readonly attempt?: number | undefined;
  /** Its wrapper is gone: nobody counts its time in beats any more. */
  readonly unattended?: boolean;
  /** Now, on a clock of this boot that stands still while the machine sleeps, ms; absent where there is none. */
  readonly awakeAtMs?: number | undefined;
  /** There is an ending. */
  readonly ordered: boolean;
  /** There is an exit, and nothing in it. */
  readonly unrecorded?: boolean;
  /** By the wall clock; no more time can have been spent awake. */
  readonly sinceClaimMs: number;
}

/** What a watcher remembers of a run from look to look. */
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

/** What the last monitor left behind, so that many short waits see a hang that none of them could see alone. */
export type InheritedSilence = Pick<SignsOfLife, 'logBytes' | 'ownBeatAtMs' | 'cpuMs' | 'ioBytes'> & {
  readonly beat: number;
  readonly attempt?: number | undefined;
  readonly elapsedMs?: number | undefined;
  readonly awakeAtMs?: number | undefined;
  readonly silentMs: number;
  readonly quietMs: number;
};

/**
 * The first look: awake time is the beat's own count, or what was inherited while that stands still; silence is what was inherited,
 * if nothing has moved since.
 */
export function firstSilence(seen: SignsOfLife, policy: Policy, inherited: InheritedSilence | undefined): SilenceState {
  const { beatMs } = policy;
  // A wrapper that died while it wrote its beat leaves none; one that is just writing it has the one before.
  const signs = { ...seen, beat: seen.beat ?? inherited?.beat ?? (seen.unattended === true ? 0 : undefined) };
  const sinceBeatMs = Math.min(Math.max(signs.beatWallAgeMs, 0), beatMs); // a clock that jumped is worth one beat at most
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
 * One look later. Time is credited as planned, not as it passed: a watcher that was stopped, starved or asleep with the
 * whole machine has seen nothing meanwhile and may hold nothing against the run. Only the beats count the rest of the awake time.
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
  const evidence = { wrapper: beat !== before.signs.beat, output, activity, beat: ownBeat }[policy.liveness];
  // Another attempt answers for itself alone.
  const owesNone = signs.excused || signs.attempt !== before.signs.attempt;
  const excused = evidence || owesNone;
  const stirred = output || ownBeat || activity || owesNone;
  return {
    signs: { ...signs, beat },
    elapsedMs: Math.max(before.elapsedMs + credit, awakeMs(beat, signs, policy)),
    beatAgeMs: beat !== before.signs.beat ? 0 : before.beatAgeMs + credit,
    silentMs: excused ? 0 : before.silentMs + credit,
    missedLooks: excused ? 0 : before.missedLooks + 1,
    quietMs: stirred ? 0 : before.quietMs + credit,
    orderAgeMs: signs.ordered && before.signs.ordered ? before.orderAgeMs + credit : 0,
    unrecordedMs: signs.unrecorded && before.signs.unrecorded ? before.unrecordedMs + credit : 0,
  };
}

/** What the beats say of the awake time; a number that somebody else wrote into the heartbeat must not end the run. */
function awakeMs(beat: number | undefined, { sinceClaimMs }: SignsOfLife, { beatMs }: Policy): number {
  return Math.min((beat ?? 0) * beatMs, sinceClaimMs);
}

/** Until the next beat the last monitor's count stands, and without a wrapper there is no next beat. No more than there was. */
function inheritedElapsed(signs: SignsOfLife, past: InheritedSilence | undefined): number {
  if (past?.elapsedMs === undefined || (signs.beat !== past.beat && signs.unattended !== true)) return 0;
  return Math.min(past.elapsedMs + sinceTraceMs(signs, past), signs.sinceClaimMs);
}

/** Without beats the machine's own clock tells how long nobody looked. Where that counts its sleep as well it is not asked. */
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
  // Totals of the tree: any I/O at all, or a hundredth of a core over the time between, is life.
  const active = signs.ioBytes - past.ioBytes >= 4096 || signs.cpuMs - past.cpuMs >= Math.max(sinceMs / 100, 10);
  const evidence = { wrapper: true, output, activity: active, beat: ownBeat }[policy.liveness];
  return {
    silentMs: evidence ? 0 : past.silentMs + sinceMs,
    quietMs: output || ownBeat || active ? 0 : past.quietMs + sinceMs,
  };
}
