/** When a breaker opens, and for how long. */
export interface Rule {
  /** How many failures in a row open it. */
  readonly after: number;
  /** How long an unchanged situation has to wait for its trial, ms; null: for ever. */
  readonly coolDownMs: number | null;
}

/** The seed's three, and ten minutes: what restarts by itself has done so by then. */
export const DEFAULT_RULE: Rule = { after: 3, coolDownMs: 600_000 };

/** More failures in a row than this are told from each other by nobody. */
export const MOST_FAILURES = 50;
