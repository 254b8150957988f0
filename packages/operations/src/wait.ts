import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { budget, dir, someSteps } from './fields.ts';
import { operation } from './operation.ts';

export const wait = operation({
  name: 'wait',
  summary: 'Wait until runs end, judging them meanwhile; waiting again keeps the same deadlines.',
  input: z.strictObject({ steps: someSteps, dir, budget }),
  output: Answer,
  run: async () => {
    throw new Error('being written');
  },
});
