import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';

/** Who listens on a TCP port: one process, or those that share its socket. Of a run, all its processes together. */
export const HolderView = z.object({
  port: z.number(),
  /** `127.0.0.1`, `::1`; `0.0.0.0` and `::` stand for all addresses. */
  addresses: z.array(z.string()),
  /** The oldest of its processes that listen. Absent if it cannot be named: it is a process of another user, or of another container. */
  pid: z.optional(z.number()),
  /** Its command line, at most 80 characters. */
  command: z.optional(z.string()),
  /** How many more of its processes have the socket open. */
  others: z.optional(z.number()),
  /** The user who opened the socket, as a number; of a process that cannot be named. */
  user: z.optional(z.number()),
  /** The run that the process belongs to, if it is one of this user's. */
  step: z.optional(StepName),
  id: z.optional(z.string()),
  /** Its directory of runs, and where its command runs. */
  dir: z.optional(z.string()),
  cwd: z.optional(z.string()),
  /** Whose run it is: the session that started it, and the program of that session. */
  session: z.optional(z.string()),
  agent: z.optional(z.string()),
});
export type HolderView = z.infer<typeof HolderView>;
