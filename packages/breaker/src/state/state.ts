import type { Holder } from './records.ts';
import type { Situation } from './situation.ts';
import type { Timestamp } from './timestamp.ts';

//            3 failures in a row, trip                 cool-down over, or something changed
//   closed ───────────────────────────► open ───────────────────────────────────► half-open
//     ▲                                  ▲                                      (one trial is on)
//     │ success of anybody, reset        └── the trial fails ────────────────────────┤
//     └──────────────────────────────────────────────── the trial succeeds ──────────┘
//
// A hold lies over all of it: while it is in force nothing starts, whatever the circuit is.

/** When a breaker opens, and for how long. */
export interface Rule {
  /** How many failures in a row open it. */
  readonly after: number;
  /** How long an unchanged situation has to wait for its trial, ms; null: for ever. */
  readonly coolDownMs: number | null;
}

/** The seed's three, and ten minutes: what restarts by itself has done so by then. */
export const DEFAULT_RULE: Rule = { after: 3, coolDownMs: 600_000 };

/** The state of a breaker: what `replay` makes of everything that happened. It has no clock; `decide` adds the present. */
export interface BreakerState {
  /** In a row, oldest first: since the last success or reset, and of a trial that failed also afterwards. */
  readonly failures: readonly Failure[];
  /** Absent: closed. */
  readonly opened?: Opened | undefined;
  /** The trial that is on, or was when its holder was last heard of. */
  readonly trial?: Trial | undefined;
  /** What things looked like before the newest run of a source that might open the breaker. */
  readonly situations: Readonly<Record<string, { readonly after: number; readonly situation: Situation }>>;
  /** Which runs the state is made of: the newest of each source. */
  readonly positions: Readonly<Record<string, number>>;
}

export interface Failure {
  /** A run id, or `record 17`. */
  readonly id: string;
  readonly outcome: 'failed' | 'timeout' | 'hung' | 'lost';
  readonly at: Timestamp;
  /** When its run began, epoch ms. */
  readonly beganMs?: number | undefined;
  readonly signature?: string | undefined;
}

export interface Opened {
  /** `failures`: by too many in a row; `asked`: somebody tripped it. */
  readonly cause: 'failures' | 'asked';
  readonly since: Timestamp;
  /** The failure that opened it, and its step; of `asked` who did and why. */
  readonly by: string;
  readonly source?: string | undefined;
  readonly reason?: string | undefined;
  /** What things looked like before that failure. */
  readonly situation?: Situation | undefined;
  /** It is on record by itself, and no longer needs the runs it came from. */
  readonly isNoted: boolean;
  /** What had been seen when it opened: later ones come after it. */
  readonly positions: Readonly<Record<string, number>>;
}

export interface Trial {
  readonly at: Timestamp;
  readonly by: string;
  /** How long it may take to begin, or, of a script, to be over. */
  readonly forMs: number;
  /** Who was granted it, and dies with it unless its run has begun. */
  readonly holder?: Holder | undefined;
  /** Of a run: the next one of this source. */
  readonly source?: string | undefined;
  readonly after?: number | undefined;
  readonly situation?: Situation | undefined;
  /** That run has begun, and has no outcome yet. */
  readonly run?: string | undefined;
}

export const CLOSED: BreakerState = { failures: [], situations: {}, positions: {} };
