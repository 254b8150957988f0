import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { dir, oneStep } from './fields.ts';
import { operation } from './operation.ts';

export const stop = operation({
  name: 'stop',
  summary: 'Stop a run: its whole tree, with proof or named survivors.',
  input: z.strictObject({
    steps: z.array(oneStep).check(z.minLength(1, 'names no step')),
    dir,
    force: z.optional(z.boolean()).check(z.describe('Skip the grace period.')),
    reason: z.optional(z.string().check(z.maxLength(200))).check(z.describe('Why; kept in the run.')),
  }),
  output: Answer,
  run: async () => {
    throw new Error('being written');
  },
});
