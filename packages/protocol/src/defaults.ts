/** The numbers of a run that is started without options. */
export const DEFAULTS = {
  /** How often files are polled where no file watch reports a change. */
  pollMs: 15_000,
  /** How often the wrapper writes its heartbeat. `Policy` checks that it is less than half of `staleMs`. */
  beatMs: 10_000,
  /** How old a sign of life may be: six heartbeats. */
  staleMs: 60_000,
  /** How long a run may take, in awake time. */
  timeoutMs: 1_800_000,
  /** From TERM to KILL. systemd waits 90 s, pm2 1.6 s; most test runners need less than 5 s. */
  graceMs: 10_000,
  /** After this long without output, CPU time or I/O a run is reported as quiet. It is not ended. */
  quietAfterMs: 300_000,
  /** How much of a log is kept on disk, head and tail together. 256 MiB holds the log of every test suite we met. */
  logCapBytes: 268_435_456,
  /** From a failed attempt to the next one. A service or a file that was missing is often there ten seconds later. */
  backoffMs: 10_000,
  /** With `restart`: from the first failure to the next attempt. It doubles with each failure in a row. */
  restartBackoffMs: 1_000,
  /** With `restart`: the backoff doubles up to this. One that is longer to begin with stays as it is. */
  longestBackoffMs: 60_000,
  /** With `restart`: an attempt that has lived this long was healthy, and its failure is the first in a row. */
  resetAfterMs: 600_000,
  /** With `restart`: how many failures in a row are followed by another attempt. The fifth one blows the fuse. */
  restartRetries: 4,
  /** With `restart`: how many attempts keep their logs beside the present one, so that all failures in a row have one. */
  keptAttempts: 4,
  /** From the claim of a run to the first record of its wrapper. It takes 5 ms; a machine that swaps may need seconds. */
  startWindowMs: 10_000,
} as const;

/** How many looks in a row must find no sign of life before a run is called hung. One late look proves nothing. */
export const LOOKS_BEFORE_HUNG = 3;
