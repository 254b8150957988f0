import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { Next } from './answer.ts';

/** What happens to one file of a coding agent, as lines. `keep`: nothing, and `why` says the reason. */
export const HostChange = z.object({
  file: z.string(),
  action: z.enum(['create', 'change', 'delete', 'keep']),
  /** The first line that differs, from 1. */
  line: z.optional(z.number()),
  removed: z.optional(z.array(z.string())),
  added: z.optional(z.array(z.string())),
  why: z.optional(z.string()),
});
export type HostChange = z.infer<typeof HostChange>;

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
  /** With `host`: every file of the host, and what changes in it. */
  changes: z.optional(z.array(HostChange)),
  /** With `host`: what the user has to know or do. */
  notes: z.optional(z.array(z.string())),
  next: z.array(Next),
});
export type InitAnswer = z.infer<typeof InitAnswer>;
