import * as z from 'zod/mini';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A hundred years: beyond any machine's life, and an instant that is much later is no date. */
export const LONGEST_MS = 36_500 * UNIT_MS.d;
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const BYTES_FORM = /^(\d+)(B|KiB|MiB|GiB)?$/;
const UNIT_BYTES = { B: 1, KiB: 1024, MiB: 1_048_576, GiB: 1_073_741_824 } as const;

/** A duration as people write it, `90s`, `10m`, `2h`; parsed to whole ms. */
export const Duration = z.pipe(
  z
    .string()
    .check(
      z.regex(FORM, 'must be a duration such as 500ms, 30s, 10m, 2h or 1d'),
      z.maxLength(16),
      z.refine(isWithinReach, 'must be 36500d at most'),
    ),
  z.transform(msOf),
);

/** The ms of a text that has the form of a duration. */
export function msOf(text: string): number {
  const [, amount = '0', unit = 'ms'] = FORM.exec(text) ?? [];
  return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
}

function isWithinReach(text: string): boolean {
  return msOf(text) <= LONGEST_MS;
}

/** A duration, or `none` for no limit at all (null). */
export const Limit = z.pipe(
  z
    .string()
    .check(
      z.regex(/^(none|\d+(?:\.\d+)?(ms|s|m|h|d))$/, 'must be a duration such as 30s, 10m, 2h, or none'),
      z.maxLength(16),
      z.refine(isWithinReach, 'must be 36500d at most, or none'),
    ),
  z.transform((text): number | null => (text === 'none' ? null : msOf(text))),
);

/** A size as people write it, `64MiB`; parsed to bytes. */
export const Size = z.pipe(
  z.string().check(z.regex(BYTES_FORM, 'must be a size such as 4096, 64KiB, 256MiB or 2GiB'), z.maxLength(16)),
  z.transform((text): number => {
    const [, amount = '0', unit = 'B'] = BYTES_FORM.exec(text) ?? [];
    return Number(amount) * UNIT_BYTES[unit as keyof typeof UNIT_BYTES];
  }),
);

/** A duration as `Duration` reads it, in the largest unit that says it whole: `90s`, `2h`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  const [name = 'ms', unitMs = 1] = WHOLE_UNITS.find(([, unitMs]) => ms % unitMs === 0) ?? [];
  return `${ms / unitMs}${name}`;
}

const WHOLE_UNITS = [
  ['h', UNIT_MS.h],
  ['m', UNIT_MS.m],
  ['s', UNIT_MS.s],
] as const;
