import * as z from 'zod/mini';
import { instant, text, v } from './fields.ts';
import { IdentityRecord } from './identity.ts';

/** `residents/<scope>/<n>`: the n-th resident monitor of the directory within one boot and pid namespace (its `PidScope`). */
export const ResidentRecord = z.looseObject({
  v,
  identity: IdentityRecord,
  /** The program, for display only. */
  program: text,
  at: instant,
  /** It ended by itself, because no run was left to judge. */
  left: z.optional(z.boolean()),
});
export type ResidentRecord = z.infer<typeof ResidentRecord>;
