import * as z from 'zod/mini';

import { dir, oneStep } from './fields.ts';
import { findRun } from './find-run.ts';
import { locateDirectory } from './locate-directory.ts';
import { callsAfter } from './next-calls.ts';
import { operation } from './operation.ts';
import { viewNow } from './run-view.ts';

export const status = operation({
  name: 'status',
  summary: 'Tell all that is known of one run: state, evidence, times, files.',
  input: z.strictObject({ step: oneStep, dir }),
  output: async () => (await import('./answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const view = viewNow(where, findRun(where, input.step), 'pm status');
    return { runs: [view], next: callsAfter(view, input.dir) };
  },
});
