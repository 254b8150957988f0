import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';

/** What came of one check, made by doing what it is about. */
export const DoctorFinding = z.object({
  /** Kebab-case, stable. */
  check: z.string(),
  /** `fail`: a promise does not hold here. `warn`: they hold, with something to know. `skip`: not tried, because what it needs has failed. */
  result: z.enum(['pass', 'warn', 'fail', 'skip']),
  /** What is to hold. */
  what: z.string(),
  /** What was measured. */
  fact: z.string(),
  /** What to do about it. */
  remedy: z.optional(z.string()),
});
export type DoctorFinding = z.infer<typeof DoctorFinding>;

/** What `doctor` answers. */
export const DoctorAnswer = z.object({ dir: z.string(), findings: z.array(DoctorFinding), next: z.array(Next) });
export type DoctorAnswer = z.infer<typeof DoctorAnswer>;

/** A check before its answer: what it is called, and what is to hold. */
export type DoctorCheck = Pick<DoctorFinding, 'check' | 'what'>;
