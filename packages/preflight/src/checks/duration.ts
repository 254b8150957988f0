import * as z from 'zod/mini';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** An option that is a duration as people write it, `500ms`, `3s`, `2d`; parsed to whole ms. */
export const Duration = z.pipe(
  z.string().check(z.regex(FORM, 'must be a duration such as 500ms, 3s, 10m, 2h or 1d'), z.maxLength(16)),
  z.transform((text): number => {
    const [, amount = '0', unit = 'ms'] = FORM.exec(text) ?? [];
    return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
  }),
);

/** `800 ms`, `3 s`, `5 m`, `2 h`, `3 d`: about how long. */
export function durationText(ms: number): string {
  const [unit, size] =
    (Object.entries(UNIT_MS).reverse() as [string, number][]).find(([, unitMs]) => ms >= unitMs) ??
    (['ms', 1] as const);
  return `${Number((ms / size).toFixed(1))} ${unit}`;
}
