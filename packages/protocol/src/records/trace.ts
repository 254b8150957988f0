import * as z from 'zod/mini';
import { amount, v } from './fields.ts';

/** `trace`: what the last monitor knew of a run's time and silence, for the next one. A hint; nothing is lost without it. */
export const TraceRecord = z.looseObject({
  v,
  beat: amount,
  logBytes: amount,
  /** mtime of the job's own beat file. */
  ownBeatAtMs: amount,
  /** CPU and I/O of the tree since it began. */
  cpuMs: amount,
  ioBytes: amount,
  /** Which attempt of the run was on. */
  attempt: z.optional(amount),
  /** Awake time it had taken; where its wrapper is gone no beat counts it any more. */
  elapsedMs: z.optional(amount),
  /** When that was, on a clock of the machine that stands still while it sleeps, ms; absent where it has none. */
  awakeAtMs: z.optional(amount),
  silentMs: amount,
  quietMs: amount,
});
export type TraceRecord = z.infer<typeof TraceRecord>;
