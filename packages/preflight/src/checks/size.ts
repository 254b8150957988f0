import * as z from 'zod/mini';

const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
const FORM = /^(\d+)(B|KiB|MiB|GiB|TiB)?$/;

/** An option that is a size as people write it, `4096`, `64KiB`, `2GiB`; parsed to bytes. */
export const Size = z.pipe(
  z.string().check(z.regex(FORM, 'must be a size such as 4096, 64KiB, 500MiB or 2GiB'), z.maxLength(16)),
  z.transform((text): number => {
    const [, amount = '0', unit = 'B'] = FORM.exec(text) ?? [];
    return Number(amount) * UNITS[unit as keyof typeof UNITS];
  }),
);

/** `17 B`, `1.5 GiB`: rounded down, so that what is too little never reads as enough. */
export function sizeText(bytes: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, unitBytes]) => bytes >= unitBytes) ?? ['B', 1];
  return `${Math.floor((bytes / size) * 10) / 10} ${unit}`;
}
