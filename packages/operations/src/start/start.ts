import { PmError } from '@pm/protocol';
import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import { budget, dir, flag } from '../shape/fields.ts';
import {
  command,
  cwd,
  front,
  keep,
  literal,
  notify,
  policy,
  port,
  readiness,
  skipChecks,
  stay,
  stdin,
  stepToStart,
  turn,
} from '../shape/start-fields.ts';
import { whileWaiting } from '../wait/while-waiting.ts';
import { beginRun } from './begin-run.ts';
import { begunAnswer } from './begun-answer.ts';

export const start = operation({
  name: 'start',
  summary: 'Start a command in the background and return at once; it keeps running without you.',
  input: z.strictObject({
    step: stepToStart,
    command,
    dir,
    cwd,
    wait: flag('Also wait until it ends. A signal ends only the wait.'),
    waitReady: flag('Also wait until it is ready, or has ended.'),
    ...readiness,
    budget,
    stdin,
    literal,
    skipChecks,
    notify,
    port,
    ...turn,
    front,
    keep,
    ...policy,
    ...stay,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const waits = input.wait === true || input.waitReady === true;
    if (input.budget !== undefined && !waits) throw budgetWithoutWait();
    if (input.wait === true && input.waitReady === true) throw twoWaits();
    const begun = await beginRun('start', input, context);
    if (context.caller !== undefined)
      (await import('./note-caller.ts')).noteCaller(context.caller, begun, input, context);
    if (begun.kind === 'answer' && (begun.answer.refusal !== undefined || begun.answer.runs.length === 0))
      return begun.answer;
    if (!waits || begun.kind === 'answer') return begunAnswer(begun, input, context);
    // From before it runs: a short run may be told by another wait and pruned before this one has begun.
    return whileWaiting(begun.dir, [begun.run], () => begunAnswer(begun, input, context));
  },
});

function budgetWithoutWait(): PmError {
  const message = '--budget is how long to wait, but this start does not wait.';
  return new PmError(
    'usage',
    message,
    'Add --wait or --wait-ready, or use --budget with pm wait. Nothing was started.',
  );
}

function twoWaits(): PmError {
  const message = '--wait waits for the end of the run, and --wait-ready until it is ready.';
  return new PmError('usage', message, 'Leave out one of the two. Nothing was started.');
}
