/** A smaller difference is the time that an event was under way, ms. */
const UNDER_WAY_MS = 5_000;

/** What time it is where the runs are. */
export interface ServerClock {
  /** An event has arrived that was told at this time there, UTC epoch ms. */
  readonly heard: (at: number) => void;
  /** UTC epoch ms, as far as it is known. */
  readonly now: () => number;
}

/**
 * Follows the clock of the server. It is another one if the page came through `ssh -L`, and both may be set while the page is open: then
 * every run would seem to have taken hours more.
 * @param here the clock of the browser, UTC epoch ms
 */
export function serverClock(here: () => number = Date.now): ServerClock {
  let aheadMs = 0;
  return {
    heard: (at) => {
      const differenceMs = at - here();
      // Within the last difference, the clocks are as they were: a page that was busy does not go back in time.
      if (Math.abs(differenceMs - aheadMs) > UNDER_WAY_MS)
        aheadMs = Math.abs(differenceMs) > UNDER_WAY_MS ? differenceMs : 0;
    },
    now: () => here() + aheadMs,
  };
}
