import * as z from 'zod/mini';
import { v } from './fields.ts';

/** `trace`: what the last monitor knew of a run's silence, in beats, for the next one. A hint; nothing is lost without it. */
export const TraceRecord = z.looseObject({
  v,
  beat: z.number().check(z.gte(0)),
  logBytes: z.number().check(z.gte(0)),
  /** mtime of the job's own beat file. */
  ownBeatAtMs: z.number().check(z.gte(0)),
  /** CPU and I/O of the tree since it began. */
  cpuMs: z.number().check(z.gte(0)),
  ioBytes: z.number().check(z.gte(0)),
  silentMs: z.number().check(z.gte(0)),
  quietMs: z.number().check(z.gte(0)),
});
export type TraceRecord = z.infer<typeof TraceRecord>;
