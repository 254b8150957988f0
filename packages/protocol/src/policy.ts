import * as z from 'zod/mini';
import { DEFAULTS } from './defaults.ts';
import { LIVENESS } from './outcome.ts';

/** Each attempt keeps a log of its own, up to the cap: more attempts than this are a loop, not a remedy. */
const MOST_RETRIES = 100;
/** The wrapper counts in 32 bits (mksh). */
const LONGEST_BACKOFF_MS = 86_400_000;

const durationMs = z.number().check(z.int(), z.gt(0, 'must be more than 0'));

/** By which rules a run is judged. Written into its `run` record once, so every monitor judges alike. All durations in ms. */
export const Policy = z
  .looseObject({
    liveness: z.enum(LIVENESS),
    beatMs: durationMs,
    staleMs: durationMs,
    /** Awake time the run may take; null: no limit. */
    timeoutMs: z.nullable(durationMs),
    /** No extension reaches beyond this; a run that has it may extend itself. */
    hardTimeoutMs: z.optional(durationMs),
    graceMs: z.number().check(z.int(), z.gte(0)),
    quietAfterMs: durationMs,
    logCapBytes: z.number().check(z.int(), z.gte(65_536, 'must be 64KiB at least')),
    /** How often a failed command is started again within the run; absent: never. */
    retries: z.optional(z.number().check(z.int(), z.gte(0), z.lte(MOST_RETRIES, `must be at most ${MOST_RETRIES}`))),
    /** Rest between two attempts; absent: none. */
    backoffMs: z.optional(z.number().check(z.int(), z.gte(0), z.lte(LONGEST_BACKOFF_MS, 'must be a day at most'))),
  })
  .check(
    z.refine(
      (policy) => policy.beatMs < policy.staleMs / 2, // the seed: HEARTBEAT < STALE / 2
      'beatMs must be less than half of staleMs: a single late beat is no alarm',
    ),
    z.refine(
      ({ timeoutMs, hardTimeoutMs }) => hardTimeoutMs === undefined || (timeoutMs ?? Infinity) <= hardTimeoutMs,
      'timeoutMs must not be more than hardTimeoutMs, nor none',
    ),
  );
export type Policy = z.infer<typeof Policy>;

export const DEFAULT_POLICY: Policy = {
  liveness: 'wrapper',
  beatMs: DEFAULTS.beatMs,
  staleMs: DEFAULTS.staleMs,
  timeoutMs: DEFAULTS.timeoutMs,
  graceMs: DEFAULTS.graceMs,
  quietAfterMs: DEFAULTS.quietAfterMs,
  logCapBytes: DEFAULTS.logCapBytes,
};
