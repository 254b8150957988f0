import { parseStepRef } from '@pm/protocol';
import * as z from 'zod/mini';
import { withBreakers } from '../breaker/with-breaker.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { bringResidentAfter } from '../runs/bring-resident.ts';
import { callsAfterAll } from '../runs/calls-after-failure.ts';
import { findRun } from '../runs/find-run.ts';
import { viewNow } from '../runs/run-view.ts';
import { withLivingSurvivors } from '../runs/survivors-now.ts';
import { told } from '../runs/unread-endings.ts';
import { dir, oneStep } from '../shape/fields.ts';

export const status = operation({
  name: 'status',
  summary: 'Tell all that is known of one run: state, evidence, times, files.',
  input: z.strictObject({ step: oneStep, dir }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const back = parseStepRef(input.step)?.back ?? 0;
    const run = findRun(where, input.step);
    const view = { ...withLivingSurvivors(run, viewNow(where, run, 'pm status')), ...(back > 0 && { back }) };
    told([view], where, context);
    bringResidentAfter(where, [view], context);
    return {
      runs: await withBreakers(where, [view], context),
      next: await callsAfterAll([view], input.dir, context.cwd),
    };
  },
});
