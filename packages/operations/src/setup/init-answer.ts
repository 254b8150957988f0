import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { Next } from '../shape/answer.ts';

/** The answer of `init`. */
export const InitAnswer = z.object({
  file: z.string(),
  /** The whole text of the file that was written, or would be. */
  content: z.string(),
  written: z.boolean(),
  /** Why an existing file was not changed. */
  kept: z.optional(z.string()),
  steps: z.array(
    z.object({ step: StepName, command: z.array(z.string()), cwd: z.optional(z.string()), from: z.string() }),
  ),
  next: z.array(Next),
});
export type InitAnswer = z.infer<typeof InitAnswer>;
