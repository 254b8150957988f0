import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { dir, oneStep } from './fields.ts';
import { operation } from './operation.ts';

export const ls = operation({
  name: 'ls',
  summary: 'List the steps, live and unfinished business first; with a step, its history.',
  input: z.strictObject({ step: z.optional(oneStep), dir }),
  output: Answer,
  run: async () => {
    throw new Error('being written');
  },
});
