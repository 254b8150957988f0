import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';

/** The answer of `logs`. */
export const LogAnswer = z.object({
  step: StepName,
  id: z.optional(z.string()),
  /** With `failed`: how many newer runs of its step are kept. */
  back: z.optional(z.number()),
  file: z.string(),
  /** Text of the log from byte `from` to byte `to`. */
  text: z.string(),
  from: z.number(),
  to: z.number(),
  totalBytes: z.number(),
  /** What was left out, in one sentence. */
  omitted: z.optional(z.string()),
  /** Which part of the log was lost, in one sentence. */
  logTruncated: z.optional(z.string()),
  /** With `failed`: which run it is, and how many others have failed. */
  notes: z.optional(z.array(z.string())),
  next: z.array(Next),
});
export type LogAnswer = z.infer<typeof LogAnswer>;
