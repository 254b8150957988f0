import * as z from 'zod/mini';
import { LogAnswer } from './answer.ts';
import { dir, oneStep } from './fields.ts';
import { operation } from './operation.ts';

export const logs = operation({
  name: 'logs',
  summary: 'Show the end of a log, or search it, in bounded bytes.',
  input: z.strictObject({
    step: oneStep,
    dir,
    tail: z
      .optional(z.coerce.number().check(z.int(), z.gte(0), z.lte(100_000)))
      .check(z.describe('Last lines to show (40).')),
    grep: z
      .optional(z.string().check(z.maxLength(500)))
      .check(z.describe('Only lines matching this regular expression, with their line numbers.')),
    cursor: z
      .optional(z.coerce.number().check(z.int(), z.gte(0)))
      .check(z.describe('Continue from this byte, as a previous answer gave it.')),
    maxBytes: z
      .optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(1_048_576)))
      .check(z.describe('At most this many bytes of text (4096).')),
    follow: z.optional(z.boolean()).check(z.describe('Go on with new output until the run ends.')),
    errors: z.optional(z.boolean()).check(z.describe('The separate stderr of a --split run.')),
  }),
  output: LogAnswer,
  run: async () => {
    throw new Error('being written');
  },
});
