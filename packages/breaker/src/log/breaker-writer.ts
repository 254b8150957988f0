import type { Outcome } from '@pm/protocol';
import type { History } from '../state/events.ts';
import type { LogRecord } from '../state/records.ts';
import type { Situation } from '../state/situation.ts';
import type { Opened } from '../state/state.ts';
import type { BreakerReading } from './breaker-reader.ts';
import { append, appendAt, deleteBefore } from './numbered-log.ts';
import { holderNow, timestampNow } from './this-process.ts';

/** The run that begins, as in `WorkRequest`. */
interface ClaimedRun {
  readonly source: string;
  readonly after: number;
}

/** Writes the records of a breaker. What it knows of the breaker is the reading that it is given. */
export interface BreakerWriter {
  /** @returns the number of the record */
  ending(
    reading: BreakerReading,
    ended: { readonly outcome: Outcome; readonly signature?: string; readonly situation?: Situation },
  ): number;
  situation(reading: BreakerReading, run: ClaimedRun, situation: Situation): void;
  /** Grants a trial to a run, or to a script without one. False: a record was written since the reading, so read again. */
  trial(reading: BreakerReading, situation: Situation, run: ClaimedRun | undefined, forMs: number): boolean;
  /** Opens the breaker by request. */
  trip(reading: BreakerReading, reason: string | undefined): void;
  /** Closes the breaker, and ends a hold. */
  reset(reading: BreakerReading, reason: string | undefined): void;
  hold(forMs: number | null, reason: string): void;
  /**
   * Records that the failures have opened the breaker, because their runs may be pruned. False: a record was written, so read again.
   * @param lateSituation the situation, if none was recorded when the breaker opened
   */
  noteTrip(reading: BreakerReading, lateSituation?: Situation): boolean;
  /** While the breaker is open, endings pile up that change nothing. A new note lets readers skip them, and old records are deleted. */
  shorten(reading: BreakerReading): void;
}

/** The log is shortened after this many records, and keeps as many old ones for people who want to know what happened. */
const SHORTEN_EVERY = 64;

/** Returns what writes the records of a breaker, in the name of `by`. */
export function breakerWriter(logFolder: string, holdFolder: string, by: string): BreakerWriter {
  return { ending, situation, trial, trip, reset, hold, noteTrip, shorten };

  function ending({ positions }: BreakerReading, ended: Parameters<BreakerWriter['ending']>[1]): number {
    return append(logFolder, { ...common('ending', positions), ...ended });
  }

  function situation({ positions }: BreakerReading, run: ClaimedRun, found: Situation): void {
    append(logFolder, { ...common('situation', positions), ...run, situation: found });
  }

  function trial(
    { newest, positions }: BreakerReading,
    found: Situation,
    run: ClaimedRun | undefined,
    forMs: number,
  ): boolean {
    const granted = { ...common('trial', positions), situation: found };
    const to = run === undefined ? { forMs } : { ...run, forMs, holder: holderNow() };
    return appendAt(logFolder, newest + 1, { ...granted, ...to });
  }

  function trip({ state, positions }: BreakerReading, reason: string | undefined): void {
    const { failures } = state;
    const details = { cause: 'asked', since: timestampNow(), opener: by, failures, ...reasonOf(reason) };
    append(logFolder, { ...common('trip', positions), ...details }, true);
  }

  function reset({ positions, hasHold }: BreakerReading, reason: string | undefined): void {
    append(logFolder, { ...common('reset', positions), ...reasonOf(reason) }, true);
    if (hasHold) append(holdFolder, { v: 1, kind: 'release', at: timestampNow(), by }, true);
  }

  function hold(forMs: number | null, reason: string): void {
    append(holdFolder, { v: 1, kind: 'hold', at: timestampNow(), by, ...reasonOf(reason), forMs }, true);
  }

  function noteTrip(reading: BreakerReading, lateSituation?: Situation): boolean {
    const { opened } = reading.state;
    if (opened === undefined || opened.isNoted) return true;
    writeNote(reading, opened, lateSituation);
    return false;
  }

  function shorten(reading: BreakerReading): void {
    const { state, newest, oldest, isSettled } = reading;
    if (newest - oldest < SHORTEN_EVERY) return;
    if (state.opened !== undefined && state.trial === undefined && isSettled) writeNote(reading, state.opened);
    deleteBefore(logFolder, oldest - SHORTEN_EVERY);
  }

  function writeNote(
    { state, newest, isSettled: settled }: BreakerReading,
    opened: Opened,
    lateSituation?: Situation,
  ): void {
    const { failures } = state;
    const { cause, since, by: opener, source, reason, situation: found = lateSituation, positions } = opened;
    const note = {
      cause,
      since,
      opener,
      failures,
      settled,
      ...reasonOf(reason),
      ...(source && { source }),
      ...(found && { situation: found }),
    };
    appendAt(logFolder, newest + 1, { ...common('trip', positions), ...note });
  }

  function common(kind: LogRecord['kind'], positions: History['positions']) {
    return { v: 1, kind, at: timestampNow(), by, positions };
  }
}

/** A record that is too long could not be read back. */
function reasonOf(reason: string | undefined): { reason?: string } {
  return reason === undefined ? {} : { reason: reason.slice(0, 1_000) };
}
