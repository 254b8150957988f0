import * as z from 'zod/mini';

// Records are loose objects: a newer version may add fields, and an older reader must not lose them.
// A schema takes 40 µs to build, in each short-lived process. So each record has its own file, and shared fields are built here once.

/** The version of every record. */
export const v = z.literal(1);

/** UTC epoch milliseconds. */
export const instant = z.number().check(z.int(), z.gte(0));

/** A duration in ms, a count or a size. It may have a fraction and is not negative. */
export const amount = z.number().check(z.gte(0));

export const text = z.string();
export const optionalText = z.optional(text);
