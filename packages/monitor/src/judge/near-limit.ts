/**
 * A run is near its limit once it has used this share of it, if at least so much time is left: an agent needs seconds
 * to decide.
 */
const NEAR_SHARE = 0.8;
const WORTH_EXTENDING_MS = 2_000;

/**
 * The elapsed time from which a run counts as near its limit, ms; undefined if it has none, or one too short to be
 * moved in time.
 */
export function nearLimitMs({ limitMs }: { readonly limitMs: number | null }): number | undefined {
  if (limitMs === null || limitMs - limitMs * NEAR_SHARE < WORTH_EXTENDING_MS) return undefined;
  return limitMs * NEAR_SHARE;
}
