// Why: contributing/decisions/2026-11-29-ready-is-a-check-that-passes.md
/** A server that is there at once is seen at once. */
const SHORTEST_MS = 5;
/** So long a server that binds within seconds waits to be seen, at most. */
const LONGEST_EARLY_MS = 25;
const LONGEST_MS = 5_000;
/** The pause is this part of the time since the start, early and later: who has waited for long can wait a moment more. */
const EARLY_PART = 1 / 20;
const LATER_PART = 1 / 200;

/**
 * The pause before a check is asked again, in ms. It grows from 5 to 25 ms in half a second, stays there until five seconds are over, and
 * then grows to 5 s. Pure.
 * @param sinceMs the time since the first asking
 * @param tookMs how long the check took. It gets at most half of the time, because it may start a program.
 */
export function pauseBetween(sinceMs: number, tookMs: number): number {
  const early = Math.min(sinceMs * EARLY_PART, LONGEST_EARLY_MS);
  const later = Math.min(sinceMs * LATER_PART, LONGEST_MS);
  return Math.max(SHORTEST_MS, early, later, Math.min(tookMs, LONGEST_MS));
}
