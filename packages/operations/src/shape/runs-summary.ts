import { OUTCOMES, StepName } from '@pm/protocol';
import * as z from 'zod/mini';

/** What one line can tell of many runs. Steps are the newest first. */
export const RunsSummary = z.object({
  /** How many runs are live and want nothing. */
  running: z.number(),
  /** How many wait for their turn. */
  queued: z.number(),
  /** The live runs that want a decision. */
  attention: z.array(z.object({ step: StepName, attention: z.enum(['quiet', 'suspended', 'deadline']) })),
  /** The steps whose newest run has ended without success, and neither the caller nor its owner has seen that. */
  failed: z.array(z.object({ step: StepName, outcome: z.enum(OUTCOMES) })),
});
export type RunsSummary = z.infer<typeof RunsSummary>;
