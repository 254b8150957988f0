import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';

/** One promise of a writer, and what was seen of it. */
export const KeptPromise = z.object({
  /** Kebab-case, stable. */
  promise: z.string(),
  level: z.number(),
  what: z.string(),
  kept: z.boolean(),
  /** What was seen. */
  evidence: z.string(),
});
export type KeptPromise = z.infer<typeof KeptPromise>;

/** The answer of `conformance`. */
export const ConformanceAnswer = z.object({
  /** The highest level of which every promise is kept, 0 to 3. */
  level: z.number(),
  /** The level that was asked for. */
  claimed: z.number(),
  promises: z.array(KeptPromise),
  next: z.array(Next),
});
export type ConformanceAnswer = z.infer<typeof ConformanceAnswer>;
