import * as z from 'zod/mini';
import { DEFAULTS } from './defaults.ts';
import { LIVENESS, RESTARTS } from './outcome.ts';

/** Each attempt keeps a log of its own, so the number of attempts is limited. */
const MOST_RETRIES = 100;
/** Below the 32-bit numbers of mksh, in which the wrapper may count. */
const LONGEST_BACKOFF_MS = 86_400_000;

const durationMs = z.number().check(z.int(), z.gt(0, 'must be more than 0'));

/** The rules by which a run is judged. They are written into its `run` record once, so every monitor judges alike. All durations in ms. */
export const Policy = z
  .looseObject({
    liveness: z.enum(LIVENESS),
    beatMs: durationMs,
    staleMs: durationMs,
    /** Awake time that the run may take. null means no limit. */
    timeoutMs: z.nullable(durationMs),
    /** No extension goes beyond this. A run that has it may extend itself. */
    hardTimeoutMs: z.optional(durationMs),
    graceMs: z.number().check(z.int(), z.gte(0)),
    quietAfterMs: durationMs,
    logCapBytes: z.number().check(z.int(), z.gte(65_536, 'must be 64KiB at least')),
    /**
     * How often a failed command is started again within the run. Never, if absent. With `restart`: how many failures in a row are followed
     * by another attempt.
     */
    retries: z.optional(z.number().check(z.int(), z.gte(0), z.lte(MOST_RETRIES, `must be at most ${MOST_RETRIES}`))),
    /** It is meant to stay: it is never quiet, and an end of its own is told as such even if it exits with 0. */
    service: z.optional(z.boolean()),
    /** From a failed attempt to the next one. 0, if absent. */
    backoffMs: z.optional(z.number().check(z.int(), z.gte(0), z.lte(LONGEST_BACKOFF_MS, 'must be a day at most'))),
    /** Starts the command again for as long as the run lives. Then `backoffMs` doubles with each failure in a row. */
    restart: z.optional(z.enum(RESTARTS)),
    /** With `restart`: an attempt that has lived this long was healthy. Its end is the first failure in a row. */
    resetAfterMs: z.optional(durationMs),
  })
  .check(
    z.refine(
      (policy) => policy.beatMs < policy.staleMs / 2,
      'beatMs must be less than half of staleMs, so that one late heartbeat does not count as silence',
    ),
    z.refine(({ restart, retries = 0 }) => restart === undefined || retries > 0, {
      path: ['retries'],
      error: 'must be at least 1 with restart',
    }),
    z.refine(
      ({ timeoutMs, hardTimeoutMs }) => hardTimeoutMs === undefined || (timeoutMs ?? Infinity) <= hardTimeoutMs,
      'timeoutMs must not be more than hardTimeoutMs, nor none',
    ),
  );
export type Policy = z.infer<typeof Policy>;

/** The policy of a run for which nothing else was said. */
export const DEFAULT_POLICY: Policy = {
  liveness: 'wrapper',
  beatMs: DEFAULTS.beatMs,
  staleMs: DEFAULTS.staleMs,
  timeoutMs: DEFAULTS.timeoutMs,
  graceMs: DEFAULTS.graceMs,
  quietAfterMs: DEFAULTS.quietAfterMs,
  logCapBytes: DEFAULTS.logCapBytes,
};
