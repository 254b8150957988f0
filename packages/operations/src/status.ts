import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { dir, oneStep } from './fields.ts';
import { operation } from './operation.ts';

export const status = operation({
  name: 'status',
  summary: 'Tell all that is known of one run: state, evidence, times, files.',
  input: z.strictObject({ step: oneStep, dir }),
  output: Answer,
  run: async () => {
    throw new Error('being written');
  },
});
