import { isAlive, thisWorld } from '@pm/process';
import { isStepName, type Outcome, PmError } from '@pm/protocol';
import type { Logged, RunFact } from './entry.ts';
import { causeOf, explain } from './explain.ts';
import { fingerprint, type Place } from './fingerprint.ts';
import { fold } from './fold.ts';
import { holderNow } from './holder.ts';
import { now } from './now.ts';
import { append, appendAt, forgetBefore, type Page, readBack } from './numbered-log.ts';
import { isOn, type Permit, permit, stands } from './permit.ts';
import { type Hold, HoldRecord, LogRecord } from './records.ts';
import { DEFAULT_RULE, type Rule } from './rule.ts';
import { signatureOf } from './signature.ts';
import { areComparable, type Situation } from './situation.ts';
import type { Opened, State, Trial } from './state.ts';

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

/** Runs as they stand, and the newest claim of each step, kept or not. */
export interface History {
  readonly runs: readonly RunFact[];
  readonly positions: Readonly<Record<string, number>>;
}

/** A breaker as it stands. Instants are UTC epoch ms. */
export interface Standing {
  readonly name: string;
  readonly circuit: 'closed' | 'open' | 'half-open' | 'held';
  readonly rule: Rule;
  readonly state: State;
  readonly hold?: Hold | undefined;
  /** When it may be tried again with nothing changed; absent if it is closed, or nobody can tell. */
  readonly nextAtMs?: number | undefined;
  /** Why nothing may begin, in one sentence; of an open one that may be tried, what opened it. */
  readonly why?: string | undefined;
  /** A change of the files would be seen, and get its trial: they were looked at before the failure that opened it, by git. */
  readonly seesChanges: boolean;
  /** Its newest record cannot be read: only a reset ends that. */
  readonly isUnreadable: boolean;
  /** Records that could not be read, one sentence each. */
  readonly malformed: readonly string[];
}

/** Who wants to begin. */
export interface Asking extends Place {
  /** The step of the run that is to begin, and its newest claim so far. Absent: the work of a script. */
  readonly run?: { readonly source: string; readonly after: number };
  /** How long the work of a script may take before its trial is over without a word, ms. */
  readonly trialMs?: number;
}

export type Asked = { readonly standing: Standing } & Permit;

/** A breaker shared by every process that names the same folder. Its methods throw what the file system throws. */
export interface Breaker {
  /** Looks, and changes nothing. */
  standing(): Standing;
  /** Whether work may begin. An answer of kind `trial` is the only one of its time: it ends with the run, or the next `record`. */
  ask(asking: Asking): Promise<Asked>;
  /** Tells how the work of a script ended. */
  record(outcome: Outcome, details: Details): Promise<Recorded>;
  /** Puts on record that it is open, if it is: before runs of its history are deleted. */
  note(): Standing;
  trip(reason?: string): Standing;
  reset(reason?: string): Standing;
  /** @param forMs null: until somebody resets it */
  hold(forMs: number | null, reason: string): Standing;
}

export interface Recorded {
  readonly standing: Standing;
  /** How this ending is called among the failures: `record 17`. */
  readonly id: string;
  /** It was this one that opened the breaker: of any number who record at once, one. */
  readonly tripped: boolean;
}

export interface Details extends Place {
  /** What the failure looks like; what differs from time to time is left out. */
  readonly signature?: string | undefined;
}

/** From the grant of a trial to the claim of its run: milliseconds when healthy; a swapping machine is granted half a minute. */
const BEGIN_MS = 30_000;
const SCRIPT_TRIAL_MS = 600_000;
/** How often the log is shortened, and what is kept beyond what counts: for whoever wants to know what happened. */
const SHORTEN_EVERY = 64;

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
  let lastPage: Page<LogRecord> | undefined;
  return { standing: () => standingOf(look()), ask, record, note, trip, reset, hold };

  async function ask(asking: Asking): Promise<Asked> {
    let situation: Situation | undefined;
    for (;;) {
      const seen = look();
      const { state, newest, positions, held, isUnreadable } = seen;
      const known = {
        now: now(),
        hold: held,
        isUnreadable,
        situation,
        source: asking.run?.source,
        isHolderDead: isDead(state.trial),
      };
      const granted = permit(state, rule, known);
      if (granted.kind === 'allowed') {
        await noteSituation(seen, asking);
        return { ...granted, standing: standingOf(seen) };
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
      if (appendAt(logFolder, newest + 1, trial)) return { ...granted, standing: standingOf(look()) };
    }
  }

  async function record(outcome: Outcome, { signature, ...place }: Details): Promise<Recorded> {
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
    return { standing: standingOf(seen), id: `record ${n}`, tripped };
  }

  function note(): Standing {
    let seen = look();
    while (!noteTrip(seen)) seen = look();
    return standingOf(seen);
  }

  function trip(reason?: string): Standing {
    const { state, positions } = look();
    const { failures } = state;
    const said = { cause: 'asked', since: now(), opener: by, failures, ...reasonOf(reason) };
    append(logFolder, { ...common('trip', positions), ...said }, true);
    return standingOf(look());
  }

  function reset(reason?: string): Standing {
    const { positions, hasHold } = look();
    append(logFolder, { ...common('reset', positions), ...reasonOf(reason) }, true);
    if (hasHold) append(holdFolder, { v: 1, kind: 'release', at: now(), by }, true);
    return standingOf(look());
  }

  function hold(forMs: number | null, reason: string): Standing {
    append(holdFolder, { v: 1, kind: 'hold', at: now(), by, ...reasonOf(reason), forMs }, true);
    return standingOf(look());
  }

  /** The log before the runs: a run that a record has seen is then seen as well. */
  function look(isIncluded: (record: Logged) => boolean = () => true): Seen {
    const page = readBack(logFolder, LogRecord, makesPast, lastPage);
    lastPage = page;
    const holds = readBack(holdFolder, HoldRecord, () => true);
    const held = holds.records.at(-1)?.record;
    const { runs, positions } = history();
    return {
      state: fold(runs, page.records.filter(isIncluded), rule),
      positions,
      newest: page.newest,
      oldest: page.records[0]?.n ?? page.newest,
      held: held?.kind === 'hold' && stands(held, now()) ? held : undefined,
      hasHold: held?.kind === 'hold' || holds.unreadable !== undefined,
      isUnreadable: page.unreadable !== undefined || holds.unreadable !== undefined,
      isSettled: runs.every(({ ended }) => ended !== undefined),
      malformed: [...page.malformed, ...holds.malformed],
    };
  }

  /**
   * The next run would open the breaker if it failed: what things look like now, before anybody has seen it fail, is what a later start
   * is compared with. An edit made between its end and that start is then a change, whoever looks first.
   */
  async function noteSituation({ state, positions }: Seen, { run, ...place }: Asking): Promise<void> {
    if (run === undefined || state.opened !== undefined || state.failures.length + 1 < rule.after) return;
    const situation = await situationOf(place, windowsOf(state));
    append(logFolder, { ...common('situation', positions), ...run, situation });
  }

  /** Puts on record that the failures have opened it: they may be pruned. False if somebody was quicker, and all is to be read again. */
  function noteTrip(seen: Seen, seenLate?: Situation): boolean {
    const { opened } = seen.state;
    if (opened === undefined || opened.isNoted) return true;
    writeNote(seen, opened, seenLate);
    return false;
  }

  /** Endings that change nothing pile up behind a note: another one spares everybody the reading, and what is long past is deleted. */
  function shorten(seen: Seen): void {
    const { state, newest, oldest, isSettled } = seen;
    if (newest - oldest < SHORTEN_EVERY) return;
    if (state.opened !== undefined && state.trial === undefined && isSettled) writeNote(seen, state.opened);
    forgetBefore(logFolder, oldest - SHORTEN_EVERY);
  }

  function writeNote({ state, newest, isSettled: settled }: Seen, opened: Opened, seenLate?: Situation): void {
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

  function situationOf(place: Place, failures?: Parameters<typeof fingerprint>[1]): Promise<Situation> {
    return fingerprint(place, failures, folder);
  }

  function common(kind: LogRecord['kind'], positions: History['positions']) {
    return { v: 1, kind, at: now(), by, positions };
  }

  function standingOf({ state, held, malformed, isUnreadable }: Seen): Standing {
    const present = { now: now(), hold: held, isUnreadable, isHolderDead: isDead(state.trial) };
    const granted = permit(state, rule, present);
    const isHalfOpen = state.trial !== undefined && isOn(state.trial, present);
    const circuit =
      held !== undefined
        ? 'held'
        : state.opened === undefined && !isUnreadable
          ? 'closed'
          : isHalfOpen && !isUnreadable
            ? 'half-open'
            : 'open';
    const cause = state.opened === undefined ? undefined : causeOf(state).said;
    const why = granted.kind === 'refused' ? explain(state, held, granted, false) : cause;
    const nextAtMs = granted.kind === 'refused' ? granted.nextAtMs : undefined;
    const before = state.opened?.situation;
    const seesChanges = !isUnreadable && areComparable(before, before);
    return { name, circuit, rule, state, hold: held, nextAtMs, why, seesChanges, isUnreadable, malformed };
  }

  function refusal(granted: Extract<Permit, { kind: 'refused' }>, seen: Seen, situation?: Situation): Asked {
    const { state, held } = seen;
    const isCompared = areComparable(state.opened?.situation, situation);
    return { ...granted, standing: { ...standingOf(seen), why: explain(state, held, granted, isCompared) } };
  }
}

/** Nothing before such a record has to be read. */
function makesPast(record: LogRecord): boolean {
  if (record.kind === 'trip') return record.cause === 'asked' || record.settled === true;
  return record.kind === 'reset' || (record.kind === 'ending' && record.outcome === 'success');
}

const NOTHING: History = { runs: [], positions: {} };

interface Seen {
  readonly state: State;
  readonly positions: History['positions'];
  /** The highest number of the log, and the lowest that still counts. */
  readonly newest: number;
  readonly oldest: number;
  readonly held: Hold | undefined;
  readonly hasHold: boolean;
  /** Nobody knows what was said last, of either. */
  readonly isUnreadable: boolean;
  /** No run goes on. */
  readonly isSettled: boolean;
  readonly malformed: readonly string[];
}

function windowsOf({ failures }: State): { fromMs: number; toMs: number }[] {
  return failures.flatMap(({ beganMs, at }) => (beganMs === undefined ? [] : [{ fromMs: beganMs, toMs: at.atMs }]));
}

/** Known only within one boot and pid namespace: elsewhere its time has to be over. */
function isDead(trial: Trial | undefined): boolean {
  const holder = trial?.holder;
  if (holder === undefined) return false;
  const { bootId, pidNamespace } = thisWorld();
  return holder.bootId === bootId && holder.pidNamespace === pidNamespace && !isAlive(holder);
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
