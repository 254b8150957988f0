import * as z from 'zod/mini';

// Records are loose objects: a newer minor may add fields, and an older reader must not lose them.
// One file each, because building a schema costs a short-lived process a quarter of a millisecond.

/** The version every record says. */
export const v = z.literal(1);

/** UTC epoch milliseconds. */
export const instant = z.number().check(z.int(), z.gte(0));
