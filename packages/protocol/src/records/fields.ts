import * as z from 'zod/mini';

// Records are loose objects: a newer minor may add fields, and an older reader must not lose them.
// Every schema costs a short-lived process 40 µs to build: one file each, and what recurs is built here once.

/** The version every record says. */
export const v = z.literal(1);

/** UTC epoch milliseconds. */
export const instant = z.number().check(z.int(), z.gte(0));

/** A duration in ms, a count or a size: fractions are welcome, less than nothing is not. */
export const amount = z.number().check(z.gte(0));

export const text = z.string();
export const optionalText = z.optional(text);
