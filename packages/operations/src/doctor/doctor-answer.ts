import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';

/** The result of one check. A check does the thing that it is about. */
export const DoctorFinding = z.object({
  /** Kebab-case, stable. */
  check: z.string(),
  /** `fail`: a promise does not hold here. `warn`: it holds, but with a restriction. `skip`: not tried, because an earlier check has failed. */
  result: z.enum(['pass', 'warn', 'fail', 'skip']),
  /** What must hold. */
  what: z.string(),
  /** What was measured. */
  fact: z.string(),
  /** What to do about it. */
  remedy: z.optional(z.string()),
});
export type DoctorFinding = z.infer<typeof DoctorFinding>;

/** The answer of `doctor`. */
export const DoctorAnswer = z.object({ dir: z.string(), findings: z.array(DoctorFinding), next: z.array(Next) });
export type DoctorAnswer = z.infer<typeof DoctorAnswer>;

/** A check without its result: its name, and what must hold. */
export type DoctorCheck = Pick<DoctorFinding, 'check' | 'what'>;
