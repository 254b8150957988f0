import { isHoldActive } from '../state/decide.ts';
import type { History, LoggedRecord } from '../state/events.ts';
import { type Hold, HoldRecord, LogRecord } from '../state/records.ts';
import type { Rule } from '../state/rule.ts';
import type { BreakerState } from '../state/state.ts';
import { replay } from '../state/transition.ts';
import { type Page, readBack } from './numbered-log.ts';
import { timestampNow } from './this-process.ts';

/** What was read of a breaker: its records, and the runs of its history. */
export interface BreakerReading {
  readonly state: BreakerState;
  readonly positions: History['positions'];
  /** The highest number of the log, and the lowest that still counts. */
  readonly newest: number;
  readonly oldest: number;
  /** The hold that is in force. */
  readonly held: Hold | undefined;
  /** A hold was not released yet; its time may be over. */
  readonly hasHold: boolean;
  /** The newest record of the log, or of the holds, cannot be read. */
  readonly isUnreadable: boolean;
  /** All runs have ended. */
  readonly isSettled: boolean;
  readonly malformed: readonly string[];
}

/** Reads a breaker. `isIncluded` says which records of the log count; without it all do. */
export type ReadBreaker = (isIncluded?: (record: LoggedRecord) => boolean) => BreakerReading;

/** Returns the function that reads a breaker. It reads the log before the runs, so that every run that a record knows of is read too. */
export function breakerReader(logFolder: string, holdFolder: string, rule: Rule, history: () => History): ReadBreaker {
  let lastPage: Page<LogRecord> | undefined;
  return (isIncluded = () => true) => {
    const page = readBack(logFolder, LogRecord, settlesThePast, lastPage);
    lastPage = page;
    const holds = readBack(holdFolder, HoldRecord, () => true);
    const held = holds.records.at(-1)?.record;
    const { runs, positions } = history();
    return {
      state: replay(runs, page.records.filter(isIncluded), rule),
      positions,
      newest: page.newest,
      oldest: page.records[0]?.n ?? page.newest,
      held: held?.kind === 'hold' && isHoldActive(held, timestampNow()) ? held : undefined,
      hasHold: held?.kind === 'hold' || holds.unreadable !== undefined,
      isUnreadable: page.unreadable !== undefined || holds.unreadable !== undefined,
      isSettled: runs.every(({ ended }) => ended !== undefined),
      malformed: [...page.malformed, ...holds.malformed],
    };
  };
}

/** True for a record that makes all records before it irrelevant. */
function settlesThePast(record: LogRecord): boolean {
  if (record.kind === 'trip') return record.cause === 'asked' || record.settled === true;
  return record.kind === 'reset' || (record.kind === 'ending' && record.outcome === 'success');
}
