import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { budget, command, dir, policy, stepToStart } from './fields.ts';
import { operation } from './operation.ts';

export const start = operation({
  name: 'start',
  summary: 'Start a command in the background and return at once; its job outlives you.',
  input: z.strictObject({
    step: stepToStart,
    command,
    dir,
    cwd: z.optional(z.string()).check(z.describe('Working directory of the command. Default: yours.')),
    wait: z.optional(z.boolean()).check(z.describe('Wait for the ending too. Any signal ends only the wait.')),
    budget,
    ...policy,
  }),
  output: Answer,
  run: async () => {
    throw new Error('being written');
  },
});
