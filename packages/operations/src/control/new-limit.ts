import { parseDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';

/** Another limit: counted from the start, or as much more than the present one. */
export type NewLimit = { readonly toMs: number | null } | { readonly byMs: number };

/** `6h`, `none`, or `+30m`. */
export const NewLimit = z.pipe(
  z
    .string()
    .check(
      z.regex(/^(none|\+?\d+(?:\.\d+)?(ms|s|m|h|d))$/, 'must be a duration such as 6h, +30m for as much more, or none'),
      z.maxLength(16),
    ),
  z.transform((text): NewLimit => {
    if (text.startsWith('+')) return { byMs: parseDuration(text.slice(1)) };
    return { toMs: text === 'none' ? null : parseDuration(text) };
  }),
);
