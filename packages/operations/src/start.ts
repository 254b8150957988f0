import { launch } from '@pm/wrapper';
import * as z from 'zod/mini';
import { Answer } from './answer.ts';
import { beginRun, waitFor } from './begin-run.ts';
import { budget, command, dir, policy, stepToStart } from './fields.ts';
import { operation } from './operation.ts';
import { viewNow } from './run-view.ts';

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
  run: async (input, context) => {
    const begun = await beginRun(input, context);
    if (begun.kind === 'answer' && begun.answer.alreadyRunning !== true) return begun.answer;
    if (begun.kind === 'begun') await launch(begun.dir, begun.run, { env: context.env });
    const answer: Answer =
      begun.kind === 'answer'
        ? begun.answer
        : { runs: [viewNow(begun.dir, begun.run, 'pm start')], next: [waitFor(begun.run.step, input.dir)] };
    const [started] = answer.runs;
    if (input.wait !== true || started === undefined) return answer;
    await context.report?.({ type: 'started', run: started });
    const { wait } = await import('./wait.ts');
    return wait.run({ steps: [started.step], dir: input.dir, budget: input.budget }, context);
  },
});
