import { isStepName, type Outcome, PmError } from '@pm/protocol';
import { type FingerprintInput, fingerprint } from './fingerprint/fingerprint.ts';
import { type BreakerReading, breakerReader } from './log/breaker-reader.ts';
import { append, appendAt, forgetBefore } from './log/numbered-log.ts';
import { holderNow, isHolderDead, timestampNow } from './log/this-process.ts';
import { type BreakerSnapshot, snapshotOf } from './snapshot.ts';
import { type Decision, decide } from './state/decide.ts';
import type { History } from './state/events.ts';
import { explain } from './state/explain.ts';
import type { LogRecord } from './state/records.ts';
import { signatureOf } from './state/signature.ts';
import { areComparable, type Situation } from './state/situation.ts';
import { type BreakerState, DEFAULT_RULE, type Opened, type Rule } from './state/state.ts';

/** Where a breaker keeps its records, by which rule it opens, and what else it is to know. */
export interface BreakerOptions {
  /** The folder of all breakers; each has its own in it. It is made with the first record. */
  readonly folder: string;
  /** `[A-Za-z0-9][A-Za-z0-9._-]{0,63}` */
  readonly name: string;
  readonly rule?: Partial<Rule>;
  /** Who asks, for the records. */
  readonly by?: string;
  /** Outcomes of runs that are on record elsewhere: looked up each time, so nobody has to feed them. */
  readonly history?: () => History;
}

/** Who wants to begin. */
export interface WorkRequest extends FingerprintInput {
  /** The step of the run that is to begin, and its newest claim so far. Absent: the work of a script. */
  readonly run?: { readonly source: string; readonly after: number };
  /** How long the work of a script may take before its trial is over without a word, ms. */
  readonly trialMs?: number;
}

export type BreakerDecision = { readonly snapshot: BreakerSnapshot } & Decision;

/** A breaker shared by every process that names the same folder. Its methods throw what the file system throws. */
export interface Breaker {
  /** Looks, and changes nothing. */
  snapshot(): BreakerSnapshot;
  /** Whether work may begin. An answer of kind `trial` is the only one of its time: it ends with the run, or the next `record`. */
  ask(asking: WorkRequest): Promise<BreakerDecision>;
  /** Tells how the work of a script ended. */
  record(outcome: Outcome, details: EndingDetails): Promise<RecordedEnding>;
  /** Puts on record that it is open, if it is: before runs of its history are deleted. */
  note(): BreakerSnapshot;
  trip(reason?: string): BreakerSnapshot;
  reset(reason?: string): BreakerSnapshot;
  /** @param forMs null: until somebody resets it */
  hold(forMs: number | null, reason: string): BreakerSnapshot;
}

export interface RecordedEnding {
  readonly snapshot: BreakerSnapshot;
  /** How this ending is called among the failures: `record 17`. */
  readonly id: string;
  /** It was this one that opened the breaker: of any number who record at once, one. */
  readonly tripped: boolean;
}

export interface EndingDetails extends FingerprintInput {
  /** What the failure looks like; what differs from time to time is left out. */
  readonly signature?: string | undefined;
}

/** From the grant of a trial to the claim of its run: milliseconds when healthy; a swapping machine is granted half a minute. */
const BEGIN_MS = 30_000;
const SCRIPT_TRIAL_MS = 600_000;
/** How often the log is shortened, and what is kept beyond what counts: for whoever wants to know what happened. */
const SHORTEN_EVERY = 64;

// Why: contributing/decisions/2026-11-24-when-a-breaker-looks.md
/**
 * Opens a breaker; nothing is read or written before it is asked.
 * @throws PmError `usage` for a name that is none
 */
export function openBreaker(options: BreakerOptions): Breaker {
  const { folder, name, history = () => NOTHING } = options;
  const by = (options.by ?? `process ${process.pid}`).slice(0, 200);
  if (!isStepName(name)) throw badName(name);
  const rule: Rule = { ...DEFAULT_RULE, ...options.rule };
  const [logFolder, holdFolder] = [`${folder}/${name}/log`, `${folder}/${name}/holds`];
  const look = breakerReader(logFolder, holdFolder, rule, history);
  const snapshot = (seen = look()): BreakerSnapshot => snapshotOf(name, rule, seen);
  return { snapshot: () => snapshot(), ask, record, note, trip, reset, hold };

  async function ask(asking: WorkRequest): Promise<BreakerDecision> {
    let situation: Situation | undefined;
    for (;;) {
      const seen = look();
      const { state, newest, positions, held, isUnreadable } = seen;
      const known = {
        now: timestampNow(),
        hold: held,
        isUnreadable,
        situation,
        source: asking.run?.source,
        isHolderDead: isHolderDead(state.trial),
      };
      const granted = decide(state, rule, known);
      if (granted.kind === 'allowed') {
        await noteSituation(seen, asking);
        return { ...granted, snapshot: snapshot(seen) };
      }
      if (granted.kind === 'refused' && granted.why !== 'open') return refusal(granted, seen);
      if (!noteTrip(seen)) continue;
      if (situation === undefined) {
        situation = await situationOf(asking, windowsOf(state));
        continue; // that took a while, and the note is a record to be counted
      }
      if (granted.kind === 'refused') return refusal(granted, seen, situation);
      const trial = {
        ...common('trial', positions),
        situation,
        ...(asking.run === undefined
          ? { forMs: asking.trialMs ?? SCRIPT_TRIAL_MS }
          : { ...asking.run, forMs: BEGIN_MS, holder: holderNow() }),
      };
      if (appendAt(logFolder, newest + 1, trial)) return { ...granted, snapshot: snapshot() };
    }
  }

  async function record(outcome: Outcome, { signature, ...place }: EndingDetails): Promise<RecordedEnding> {
    const { state, positions } = look();
    const opens = state.opened === undefined ? state.failures.length + 1 >= rule.after : state.trial !== undefined;
    const isFailure = outcome !== 'success' && outcome !== 'cancelled';
    const n = append(logFolder, {
      ...common('ending', positions),
      outcome,
      ...(signature !== undefined && { signature: signatureOf(signature) ?? signature.slice(0, 120) }),
      // After the failure: what the work has written is not to be taken for a change.
      ...(isFailure && opens && { situation: await situationOf(place) }),
    });
    const tripped = isFailure && look((record) => record.n <= n).state.opened?.by === `record ${n}`;
    let seen = look();
    if (tripped) {
      // Others were quicker than our look: only now it is known that this was the one.
      const situation = opens ? undefined : await situationOf(place);
      while (!noteTrip(seen, situation)) seen = look(); // until it is noted, all have to read what led to it
    }
    shorten(seen);
    return { snapshot: snapshot(seen), id: `record ${n}`, tripped };
  }

  function note(): BreakerSnapshot {
    let seen = look();
    while (!noteTrip(seen)) seen = look();
    return snapshot(seen);
  }

  function trip(reason?: string): BreakerSnapshot {
    const { state, positions } = look();
    const { failures } = state;
    const said = { cause: 'asked', since: timestampNow(), opener: by, failures, ...reasonOf(reason) };
    append(logFolder, { ...common('trip', positions), ...said }, true);
    return snapshot();
  }

  function reset(reason?: string): BreakerSnapshot {
    const { positions, hasHold } = look();
    append(logFolder, { ...common('reset', positions), ...reasonOf(reason) }, true);
    if (hasHold) append(holdFolder, { v: 1, kind: 'release', at: timestampNow(), by }, true);
    return snapshot();
  }

  function hold(forMs: number | null, reason: string): BreakerSnapshot {
    append(holdFolder, { v: 1, kind: 'hold', at: timestampNow(), by, ...reasonOf(reason), forMs }, true);
    return snapshot();
  }

  /**
   * The next run would open the breaker if it failed: what things look like now, before anybody has seen it fail, is what a later start
   * is compared with. An edit made between its end and that start is then a change, whoever looks first.
   */
  async function noteSituation({ state, positions }: BreakerReading, { run, ...place }: WorkRequest): Promise<void> {
    if (run === undefined || state.opened !== undefined || state.failures.length + 1 < rule.after) return;
    const situation = await situationOf(place, windowsOf(state));
    append(logFolder, { ...common('situation', positions), ...run, situation });
  }

  /** Puts on record that the failures have opened it: they may be pruned. False if somebody was quicker, and all is to be read again. */
  function noteTrip(seen: BreakerReading, seenLate?: Situation): boolean {
    const { opened } = seen.state;
    if (opened === undefined || opened.isNoted) return true;
    writeNote(seen, opened, seenLate);
    return false;
  }

  /** Endings that change nothing pile up behind a note: another one spares everybody the reading, and what is long past is deleted. */
  function shorten(seen: BreakerReading): void {
    const { state, newest, oldest, isSettled } = seen;
    if (newest - oldest < SHORTEN_EVERY) return;
    if (state.opened !== undefined && state.trial === undefined && isSettled) writeNote(seen, state.opened);
    forgetBefore(logFolder, oldest - SHORTEN_EVERY);
  }

  function writeNote(
    { state, newest, isSettled: settled }: BreakerReading,
    opened: Opened,
    seenLate?: Situation,
  ): void {
    const { failures } = state;
    const { cause, since, by: opener, source, reason, situation = seenLate, positions } = opened;
    const note = {
      cause,
      since,
      opener,
      failures,
      settled,
      ...reasonOf(reason),
      ...(source && { source }),
      ...(situation && { situation }),
    };
    appendAt(logFolder, newest + 1, { ...common('trip', positions), ...note });
  }

  function situationOf(place: FingerprintInput, failures?: Parameters<typeof fingerprint>[1]): Promise<Situation> {
    return fingerprint(place, failures, folder);
  }

  function common(kind: LogRecord['kind'], positions: History['positions']) {
    return { v: 1, kind, at: timestampNow(), by, positions };
  }

  function refusal(
    granted: Extract<Decision, { kind: 'refused' }>,
    seen: BreakerReading,
    situation?: Situation,
  ): BreakerDecision {
    const { state, held } = seen;
    const isCompared = areComparable(state.opened?.situation, situation);
    return { ...granted, snapshot: { ...snapshot(seen), why: explain(state, held, granted, isCompared) } };
  }
}

const NOTHING: History = { runs: [], positions: {} };

function windowsOf({ failures }: BreakerState): { fromMs: number; toMs: number }[] {
  return failures.flatMap(({ beganMs, at }) => (beganMs === undefined ? [] : [{ fromMs: beganMs, toMs: at.atMs }]));
}

/** A record that is too long could not be read again. */
function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason: reason.slice(0, 1_000) };
}

function badName(name: string): PmError {
  return new PmError(
    'usage',
    `${JSON.stringify(name.slice(0, 80))} cannot name a breaker.`,
    'A name is 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit.',
  );
}
