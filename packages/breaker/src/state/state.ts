import type { Holder } from './records.ts';
import type { Situation } from './situation.ts';
import type { Timestamp } from './timestamp.ts';

//            3 failures in a row, trip                 cool-down over, or something changed
//   closed ───────────────────────────► open ───────────────────────────────────► half-open
//     ▲                                  ▲                                      (a trial is running)
//     │ any success, reset               └── the trial fails ────────────────────────┤
//     └──────────────────────────────────────────────── the trial succeeds ──────────┘
//
// While a hold is in force nothing may start, whatever the circuit is.

/** The state of a breaker: what `replay` makes of everything that happened. It has no clock; `decide` adds the present. */
export interface BreakerState {
  /** The failures in a row since the last success or reset, oldest first. After it opened, failed trials are added. */
  readonly failures: readonly Failure[];
  /** Absent while the circuit is closed. */
  readonly opened?: Opened | undefined;
  /** The trial that was granted last, if it has not ended. Whether its holder is still alive is not known here. */
  readonly trial?: Trial | undefined;
  /** For each source: the situation before its newest run that might open the breaker. */
  readonly situations: Readonly<Record<string, { readonly after: number; readonly situation: Situation }>>;
  /** The situation before the newest failure. */
  readonly before?: Situation | undefined;
  /** The newest run of each source that is part of the state. */
  readonly positions: Readonly<Record<string, number>>;
}

/** A run or a recorded call that has failed. */
export interface Failure {
  /** A run id, or `record 17`. */
  readonly id: string;
  readonly outcome: 'failed' | 'timeout' | 'hung' | 'lost';
  readonly at: Timestamp;
  /** When its run began, epoch ms. */
  readonly beganMs?: number | undefined;
  readonly signature?: string | undefined;
  /** How many failures in a row it was; 1, if absent. */
  readonly times?: number | undefined;
  /** Whether files or findings changed between the start of the failure before it and its own; absent if that is not known. */
  readonly change?: 'none' | 'some' | undefined;
}

/** Why and since when a breaker is open. */
export interface Opened {
  /** `failures`: too many in a row; `asked`: somebody tripped it. */
  readonly cause: 'failures' | 'asked';
  readonly since: Timestamp;
  /** The id of the failure that opened it, or, for `asked`, who did. */
  readonly by: string;
  readonly source?: string | undefined;
  readonly reason?: string | undefined;
  /** The situation before that failure. */
  readonly situation?: Situation | undefined;
  /** It has a record of its own, so the runs that led to it may be deleted. */
  readonly isNoted: boolean;
  /** The newest run of each source when it opened. Later runs come after it. */
  readonly positions: Readonly<Record<string, number>>;
}

/** The one start that an open breaker has allowed. */
export interface Trial {
  readonly at: Timestamp;
  readonly by: string;
  /** For a run: how long it may take to begin. For a script: how long it may take to end. Ms. */
  readonly forMs: number;
  /** The process that it was granted to. If that dies before its run has begun, the trial is over. */
  readonly holder?: Holder | undefined;
  /** For a run: the next run of this source after this claim. */
  readonly source?: string | undefined;
  readonly after?: number | undefined;
  readonly situation?: Situation | undefined;
  /** The id of that run, once it has begun and while it has no outcome. */
  readonly run?: string | undefined;
}

/** How many failures in a row these are. */
export function countFailures(failures: readonly Failure[]): number {
  return failures.reduce((sum, { times = 1 }) => sum + times, 0);
}

/** The state of a breaker of which nothing is on record. */
export const CLOSED: BreakerState = { failures: [], situations: {}, positions: {} };
