import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';

/** What has become of a batch. */
export const BatchView = z.object({
  name: StepName,
  /** The file of its lines. */
  file: z.string(),
  /** The file of its results: one line of JSON for each line that has ended. */
  results: z.string(),
  queue: z.string(),
  slots: z.number(),
  /** How many lines it has. */
  total: z.number(),
  /** How many of them ended in each way, in this call and before. */
  counts: z.record(z.string(), z.number()),
  /** How many of them succeeded before this call. */
  before: z.optional(z.number()),
  /** How many have not ended, because a signal ended the watching; and how many of these are in line or running, and go on. */
  left: z.optional(z.number()),
  inLine: z.optional(z.number()),
  /** `--stop-after`: so many failures in a row have ended it. */
  stoppedAfter: z.optional(z.number()),
  elapsedMs: z.number(),
});
export type BatchView = z.infer<typeof BatchView>;
