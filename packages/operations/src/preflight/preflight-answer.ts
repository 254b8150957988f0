import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';
import { FindingView } from '../shape/views/finding-view.ts';

/** The answer of `preflight`. */
export const PreflightAnswer = z.object({
  /** The directory in which the checks looked. */
  cwd: z.string(),
  /** Failures first, then warnings, then inconclusive checks, then the rest. */
  findings: z.array(FindingView),
  /** `--fix`: the remedies that were run, in order. `findings` are from the checks after them. */
  fixes: z.array(
    z.object({
      check: z.string(),
      argv: z.array(z.string()),
      cwd: z.optional(z.string()),
      /** The command exited with 0. Whether it helped is in `findings`. */
      applied: z.boolean(),
      evidence: z.string(),
    }),
  ),
  next: z.array(Next),
});
export type PreflightAnswer = z.infer<typeof PreflightAnswer>;
