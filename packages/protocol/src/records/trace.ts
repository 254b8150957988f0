import * as z from 'zod/mini';
import { amount, v } from './fields.ts';

/** `trace`: what the last monitor knew about a run's time and silence, for the next monitor. Nothing is lost without it. */
export const TraceRecord = z.looseObject({
  v,
  beat: amount,
  logBytes: amount,
  /** mtime of the job's own beat file. */
  ownBeatAtMs: amount,
  /** CPU time and I/O of the process tree since it began. */
  cpuMs: amount,
  ioBytes: amount,
  /** The attempt that was running. */
  attempt: z.optional(amount),
  /** Awake time that the run had taken. If its wrapper is gone, no heartbeat counts it any more. */
  elapsedMs: z.optional(amount),
  /** The time of that, in ms of a clock that stands still while the machine sleeps. Absent if there is no such clock. */
  awakeAtMs: z.optional(amount),
  silentMs: amount,
  quietMs: amount,
});
export type TraceRecord = z.infer<typeof TraceRecord>;
