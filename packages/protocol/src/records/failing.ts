import * as z from 'zod/mini';
import { amount, instant, text, v } from './fields.ts';

/**
 * `failing`: since when the checks of a run that was ready have failed, for `--liveness check`. Replaced by whoever asks: each asking that
 * fails adds to `forMs`, and one that passes sets it to 0.
 */
export const FailingRecord = z.looseObject({
  v,
  /** When it was asked last. */
  at: instant,
  /** The attempt that was asked, from 1. */
  attempt: amount,
  /** For how long every asking has failed, ms. Time in which nobody asked is not counted. */
  forMs: amount,
  /** How many askings in a row have failed. */
  times: amount,
  evidence: text,
});
export type FailingRecord = z.infer<typeof FailingRecord>;
