import { TARGET_KINDS } from '@pm/protocol';
import * as z from 'zod/mini';

/** How it stands with telling one target of one event of a run. Instants are UTC epoch ms. */
export const NotificationView = z.object({
  /** Its name in the configuration, or how it was named in the call, of a URL only the place. */
  target: z.string(),
  kind: z.enum(TARGET_KINDS),
  /** `ended`, or an attention. Absent while it waits for the end. */
  event: z.optional(z.string()),
  state: z.enum(['waiting', 'open', 'delivered', 'failed', 'unneeded']),
  tries: z.number(),
  /** When it was delivered, given up or found unneeded. */
  at: z.optional(z.number()),
  /** When the next try is due. */
  nextAt: z.optional(z.number()),
  /** Why the last try failed, or why it was not needed. */
  why: z.optional(z.string()),
});
export type NotificationView = z.infer<typeof NotificationView>;
