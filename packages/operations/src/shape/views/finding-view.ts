import * as z from 'zod/mini';

/** The result of one check of the environment. */
export const FindingView = z.object({
  /** The check's id. */
  check: z.string(),
  /** What the check makes sure of. */
  title: z.string(),
  /** `fail` refuses a start. `warn` and `inconclusive` (no result could be found) are reported. `skip`: there was nothing to check. */
  state: z.enum(['pass', 'warn', 'fail', 'skip', 'inconclusive']),
  /** What was found, in one line, without secrets. */
  evidence: z.string(),
  /** Commands that would fix it, the smallest change first. They run without a shell. */
  remedies: z.optional(
    z.array(
      z.object({
        argv: z.array(z.string()),
        /** `safe`: it can be repeated, and it deletes nothing that cannot be made again. */
        safety: z.enum(['safe', 'needs-approval']),
        cwd: z.optional(z.string()),
      }),
    ),
  ),
});
export type FindingView = z.infer<typeof FindingView>;
