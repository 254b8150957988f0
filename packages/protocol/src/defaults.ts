/** The numbers a run starts with when nobody says otherwise. The first four are the seed's own table. */
export const DEFAULTS = {
  /** How often files are polled when no watch wakes us. Seed: "balances latency vs token cost". */
  pollMs: 15_000,
  /** How often the wrapper beats. Seed: must be < `staleMs` / 2 (checked by `Policy`). */
  beatMs: 10_000,
  /** How old evidence of life may grow. Seed: six beats of slack. */
  staleMs: 60_000,
  /** How long a run may take, in awake time. Seed: thirty minutes, "catch infrastructure failures". */
  timeoutMs: 1_800_000,
  /** Between the polite signal and the forceful one: systemd waits 90 s, pm2 1.6 s; most test runners need under 5 s. */
  graceMs: 10_000,
  /** No output, CPU or I/O for this long is worth a look; it never kills. */
  quietAfterMs: 300_000,
  /** Head and tail of a log that are kept on disk together: 256 MiB holds every test log we met, and ten of them fit a small disk. */
  logCapBytes: 268_435_456,
  /** Between two attempts of a run that is retried: what fails for want of a service or a file often finds it ten seconds later. */
  backoffMs: 10_000,
  /** From the claim of a run to its wrapper's first record: 5 ms when healthy; a swapping machine is granted ten seconds. */
  startWindowMs: 10_000,
} as const;

/** How many looks must miss the evidence before a run may be called hung: one late look proves nothing. */
export const LOOKS_BEFORE_HUNG = 3;
