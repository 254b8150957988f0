import * as z from 'zod/mini';

// Crockford's base 32 without the letters that read as digits.
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const RUN_ID_PATTERN = /^\d{8}T\d{9}Z-[0-9a-hjkmnp-tv-z]{10}$/;

/** The id of one run: `20261123T180512345Z-7k3f9q2m7x`. It sorts by the time of the start, has 50 random bits, and is safe in a path. */
export const RunId = z.string().check(z.regex(RUN_ID_PATTERN, 'must be a run id'));
export type RunId = z.infer<typeof RunId>;

/** True if `text` has the form of a run id. */
export function isRunId(text: string): boolean {
  return RUN_ID_PATTERN.test(text);
}

/**
 * A new run id.
 * @param nowMs UTC epoch milliseconds
 * @param random ten random bytes, of which five bits each are used
 */
export function newRunId(nowMs: number, random: Uint8Array = crypto.getRandomValues(new Uint8Array(10))): RunId {
  const stamp = new Date(nowMs).toISOString().replace(/[-:.]/g, '');
  return `${stamp}-${Array.from(random.subarray(0, 10), (byte) => ALPHABET[byte & 31]).join('')}`;
}
