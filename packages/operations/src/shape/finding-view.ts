import * as z from 'zod/mini';

/** What came of one check of the environment. */
export const FindingView = z.object({
  /** The check's id. */
  check: z.string(),
  /** What it makes sure of. */
  title: z.string(),
  /** `fail` refuses a start; `warn` and `inconclusive` (it could not be found out) are told, `skip` had nothing to look at. */
  state: z.enum(['pass', 'warn', 'fail', 'skip', 'inconclusive']),
  /** What was seen, in one line, secrets masked. */
  evidence: z.string(),
  /** What would mend it, the least first: commands run as they are, without a shell. */
  remedies: z.optional(
    z.array(
      z.object({
        argv: z.array(z.string()),
        /** `safe` may be repeated and loses nothing that cannot be had again. */
        safety: z.enum(['safe', 'needs-approval']),
        cwd: z.optional(z.string()),
      }),
    ),
  ),
});
export type FindingView = z.infer<typeof FindingView>;
