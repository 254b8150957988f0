import { isHoldActive } from '../state/decide.ts';
import type { History, LoggedRecord } from '../state/events.ts';
import { type Hold, HoldRecord, LogRecord } from '../state/records.ts';
import type { BreakerState, Rule } from '../state/state.ts';
import { replay } from '../state/transition.ts';
import { type Page, readBack } from './numbered-log.ts';
import { timestampNow } from './this-process.ts';

/** What a look at a breaker's records and runs has found. */
export interface BreakerReading {
  readonly state: BreakerState;
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

/** Looks, of the log at those records only that `isIncluded` names. */
export type ReadBreaker = (isIncluded?: (record: LoggedRecord) => boolean) => BreakerReading;

/** How to look at a breaker. The log comes before the runs: a run that a record has seen is then seen as well. */
export function breakerReader(logFolder: string, holdFolder: string, rule: Rule, history: () => History): ReadBreaker {
  let lastPage: Page<LogRecord> | undefined;
  return (isIncluded = () => true) => {
    const page = readBack(logFolder, LogRecord, makesPast, lastPage);
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

/** Nothing before such a record has to be read. */
function makesPast(record: LogRecord): boolean {
  if (record.kind === 'trip') return record.cause === 'asked' || record.settled === true;
  return record.kind === 'reset' || (record.kind === 'ending' && record.outcome === 'success');
}
