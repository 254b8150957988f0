import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { command, dir, policy, stepToStart } from './fields.ts';
import { operation } from './operation.ts';

export const run = operation({
  name: 'run',
  summary: 'Run a command, follow its output, and end with its exit status; it survives a killed terminal.',
  input: z.strictObject({
    step: stepToStart,
    command,
    dir,
    cwd: z.optional(z.string()).check(z.describe('Working directory of the command. Default: yours.')),
    stdin: z
      .optional(z.boolean())
      .check(z.describe('Pass your standard input on. Default: the command reads nothing.')),
    ...policy,
  }),
  output: Answer,
  run: async () => {
    throw new Error('being written');
  },
});
