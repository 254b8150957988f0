/** When a breaker opens, and how long it stays open. */
export interface Rule {
  /** How many failures in a row open it. */
  readonly after: number;
  /** How long it takes until an unchanged situation gets a trial, ms; null: for ever. */
  readonly coolDownMs: number | null;
}

/** Ten minutes, because a service that restarts by itself has done so by then. */
export const DEFAULT_RULE: Rule = { after: 3, coolDownMs: 600_000 };
