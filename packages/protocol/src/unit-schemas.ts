import * as z from 'zod/mini';
import { DURATION, parseDuration, parseSize } from './text/units.ts';

/** A hundred years: more than any machine lasts. An instant that is much later cannot be a date. */
export const LONGEST_MS = 36_500 * 86_400_000;

/** A duration as people write it, `90s`, `10m`, `2h`; parsed to whole ms. */
export const Duration = z.pipe(
  z
    .string()
    .check(
      z.regex(DURATION, 'must be a duration such as 500ms, 30s, 10m, 2h or 1d'),
      z.maxLength(16),
      z.refine(isWithinReach, 'must be 36500d at most'),
    ),
  z.transform(parseDuration),
);

/** A duration, or `none` for no limit at all; parsed to whole ms, or null. */
export const Limit = z.pipe(
  z
    .string()
    .check(
      z.regex(/^(none|\d+(?:\.\d+)?(ms|s|m|h|d))$/, 'must be a duration such as 30s, 10m, 2h, or none'),
      z.maxLength(16),
      z.refine(isWithinReach, 'must be 36500d at most, or none'),
    ),
  z.transform((text): number | null => (text === 'none' ? null : parseDuration(text))),
);

/** A size of a log as people write it, `4096`, `64MiB`; parsed to bytes. */
export const LogSize = sizeOf(/^(\d+)(B|KiB|MiB|GiB)?$/);

/** A size of a file or a disk as people write it, `4096`, `500MiB`, `2TiB`; parsed to bytes. */
export const DiskSize = sizeOf(/^(\d+)(B|KiB|MiB|GiB|TiB)?$/);

function sizeOf(form: RegExp) {
  return z.pipe(
    z.string().check(z.regex(form, 'must be a size such as 4096, 64KiB, 256MiB or 2GiB'), z.maxLength(16)),
    z.transform(parseSize),
  );
}

function isWithinReach(text: string): boolean {
  return parseDuration(text) <= LONGEST_MS;
}
