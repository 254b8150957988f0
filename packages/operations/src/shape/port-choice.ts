import * as z from 'zod/mini';

/** The port of a start: `auto`, or a number from 1 to 65535, as text or as a number. */
export const PortChoice = z.pipe(
  z.coerce.string().check(
    z.regex(/^(?:auto|[1-9]\d{0,4})$/, 'must be auto, or a number from 1 to 65535'),
    z.refine((text) => text === 'auto' || Number(text) <= 65_535, 'must be auto, or a number from 1 to 65535'),
  ),
  z.transform((text): PortChoice => (text === 'auto' ? text : Number(text))),
);
export type PortChoice = 'auto' | number;
