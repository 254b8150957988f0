import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';

/** What `init` answers. */
export const InitAnswer = z.object({
  file: z.string(),
  /** The whole file, as it was or would be written. */
  content: z.string(),
  written: z.boolean(),
  /** Why a file that is there was left as it is. */
  kept: z.optional(z.string()),
  steps: z.array(z.object({ step: StepName, command: z.array(z.string()), from: z.string() })),
  next: z.array(Next),
});
export type InitAnswer = z.infer<typeof InitAnswer>;
