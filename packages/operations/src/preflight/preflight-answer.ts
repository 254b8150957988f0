import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';
import { FindingView } from '../shape/finding-view.ts';

/** What `preflight` answers. */
export const PreflightAnswer = z.object({
  /** From where the checks looked. */
  cwd: z.string(),
  /** Failures first, then warnings, what could not be found out, and the rest. */
  findings: z.array(FindingView),
  /** `--fix`: what was carried out, in order. The findings are those of the look after it. */
  fixes: z.array(
    z.object({
      check: z.string(),
      argv: z.array(z.string()),
      cwd: z.optional(z.string()),
      /** It exited with 0; whether it helped, the findings say. */
      applied: z.boolean(),
      evidence: z.string(),
    }),
  ),
  next: z.array(Next),
});
export type PreflightAnswer = z.infer<typeof PreflightAnswer>;
