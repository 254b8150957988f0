import * as z from 'zod/mini';
import { instant, text, v } from './fields.ts';
import { IdentityRecord } from './identity.ts';

/** `residents/<world>/<n>`: who was the n-th resident monitor of the directory, as seen from one boot and pid namespace. */
export const ResidentRecord = z.looseObject({
  v,
  identity: IdentityRecord,
  /** Of the program, to be shown. */
  program: text,
  at: instant,
  /** It has gone of its own accord: there was nothing left to judge. */
  left: z.optional(z.boolean()),
});
export type ResidentRecord = z.infer<typeof ResidentRecord>;
