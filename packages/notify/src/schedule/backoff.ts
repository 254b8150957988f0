const SECOND_MS = 1_000;
const LONGEST_PAUSE_MS = 30 * 60_000;
/** A receiver may ask for a longer pause than ours, but not for days. */
const LONGEST_ASKED_MS = 60 * 60_000;

/** How long a delivery is tried at least, ms. */
export const GIVE_UP_AFTER_MS: number = 24 * 3_600_000;
/** And how often: a machine that slept for a day has not tried for a day. */
export const LEAST_TRIES = 12;

/**
 * The pause after the n-th failed try, ms: 1 s, 2 s, 4 s and so on up to 30 minutes. It is longer if the receiver asked for it
 * (`Retry-After`), up to an hour.
 */
export function pauseMs(tries: number, retryAfterMs = 0): number {
  const own = Math.min(SECOND_MS * 2 ** Math.min(Math.max(tries, 1) - 1, 30), LONGEST_PAUSE_MS);
  return Math.max(own, Math.min(retryAfterMs, LONGEST_ASKED_MS));
}

/**
 * How long until the next try, as a process sees it that finds a failed try on disk, ms. The wall clock may have been set since: then
 * the pause begins anew, and is never longer than a whole one.
 */
export function leftMs(failedAt: number, tries: number, retryAfterMs: number | undefined, now: number): number {
  const pause = pauseMs(tries, retryAfterMs);
  const gone = now - failedAt;
  return gone < 0 ? pause : Math.max(pause - gone, 0);
}

/** Whether a delivery that has failed so often, for so long, is given up. */
export function isTimeToGiveUp(tries: number, firstAt: number, now: number): boolean {
  return tries >= LEAST_TRIES && now - firstAt >= GIVE_UP_AFTER_MS;
}
