import { parseStepRef } from '@pm/protocol';
import * as z from 'zod/mini';
import { bringResidentAfter } from './bring-resident.ts';
import { callsAfterAll } from './calls-after-failure.ts';
import { dir, oneStep } from './fields.ts';
import { findRun } from './find-run.ts';
import { locateDirectory } from './locate-directory.ts';
import { told } from './news.ts';
import { operation } from './operation.ts';
import { viewNow } from './run-view.ts';
import { withLivingSurvivors } from './survivors-now.ts';
import { withBreakers } from './with-breaker.ts';

export const status = operation({
  name: 'status',
  summary: 'Tell all that is known of one run: state, evidence, times, files.',
  input: z.strictObject({ step: oneStep, dir }),
  output: async () => (await import('./answer.ts')).Answer,
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
