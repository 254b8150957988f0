import type { Outcome } from '@pm/protocol';
import type { LogRecord } from './records.ts';
import type { Timestamp } from './timestamp.ts';

/** One run of the history, as plain data. */
export interface BreakerRun {
  /** Its step. */
  readonly source: string;
  /** The number of its claim. It orders the runs of a step, and no clock can change it. */
  readonly n: number;
  readonly id: string;
  readonly begun: Timestamp;
  /** Absent while it is running. */
  readonly ended?:
    | {
        readonly outcome: Outcome;
        readonly at: Timestamp;
        readonly signature?: string | undefined;
        /** How many failures in a row it was: a run that was started again by itself may have failed several times. 1, if absent. */
        readonly times?: number | undefined;
      }
    | undefined;
}

/** The runs that are recorded elsewhere, and the number of the newest claim of each step, even if that run was deleted. */
export interface History {
  readonly runs: readonly BreakerRun[];
  readonly positions: Readonly<Record<string, number>>;
}

/** A record of the breaker's own log, with its number. */
export interface LoggedRecord {
  readonly n: number;
  readonly record: LogRecord;
}

/** One thing that happened. */
export type BreakerEvent =
  | { readonly kind: 'run'; readonly run: BreakerRun }
  /** `isBacked`: a note of a trip that the other events here lead to as well. Then only those events count. */
  | ({ readonly kind: 'logged'; readonly isBacked: boolean } & LoggedRecord);

/**
 * Runs and records in the same order for every reader, whichever order they ended in. Pure. A record comes after the runs that it knows
 * of. Runs of one source are ordered by their claims, runs of different sources by when they began.
 */
export function eventsInOrder(runs: readonly BreakerRun[], log: readonly LoggedRecord[]): BreakerEvent[] {
  const waiting = new Map<string, BreakerRun[]>();
  const known = new Set<string>();
  for (const run of [...runs].sort((a, b) => a.n - b.n)) {
    if (known.has(`${run.source}/${run.n}`)) continue; // given twice
    known.add(`${run.source}/${run.n}`);
    waiting.set(run.source, [...(waiting.get(run.source) ?? []), run]);
  }
  const events: BreakerEvent[] = [];
  for (const logged of [...log].sort((a, b) => a.n - b.n)) {
    take((run) => run.n <= (logged.record.positions[run.source] ?? 0));
    events.push({ kind: 'logged', ...logged, isBacked: isBacked(logged.record) });
  }
  take(() => true);
  return events;

  function isBacked(record: LogRecord): boolean {
    if (record.kind !== 'trip' || record.cause === 'asked' || record.settled === true) return false;
    const { opener, failures } = record;
    const isKnown = (id: string): boolean =>
      runs.some((run) => run.id === id && run.ended) || log.some(({ n }) => id === `record ${n}`);
    return isKnown(opener) && failures.every(({ id }) => isKnown(id)); // if one is missing, the others are not enough
  }

  function take(isDue: (run: BreakerRun) => boolean): void {
    for (;;) {
      const heads = [...waiting.values()].flatMap(([head]) => (head !== undefined && isDue(head) ? [head] : []));
      const [first] = heads.sort(byBirth);
      if (first === undefined) return;
      waiting.get(first.source)?.shift();
      events.push({ kind: 'run', run: first });
    }
  }
}

function byBirth(a: BreakerRun, b: BreakerRun): number {
  const isSameBoot = a.begun.bootId !== '' && a.begun.bootId === b.begun.bootId && a.begun.host === b.begun.host;
  const ms = isSameBoot ? a.begun.uptimeMs - b.begun.uptimeMs : a.begun.atMs - b.begun.atMs;
  return ms === 0 ? (a.id < b.id ? -1 : 1) : ms;
}
