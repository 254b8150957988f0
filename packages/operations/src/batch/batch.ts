import { openDirectory } from '@pm/protocol/fs';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { answerOf } from './batch-answer.ts';
import { holdBatch } from './batch-folder.ts';
import { BatchInput } from './batch-input.ts';
import { openBatch } from './open-batch.ts';
import { checkLines, linesOf, planBatch } from './plan-batch.ts';
import { runBatch } from './run-batch.ts';

export const batch = operation({
  name: 'batch',
  summary: 'Run each line of a file as a run of its own, a few at a time, and collect the results in one file.',
  input: BatchInput,
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const config = await readConfig(where, context.bounds);
    const plan = planBatch(input, where, context);
    const lines = linesOf(plan);
    const { timeout, hardTimeout, grace, liveness, stale, quietAfter, beat, logCap, retries, backoff, split } = input;
    const judged = { timeout, hardTimeout, grace, liveness, stale, quietAfter, beat, logCap, retries, backoff, split };
    const { priority, notify: told, skipChecks: isUnchecked } = input;
    const options = { ...judged, priority, notify: told, skipChecks: isUnchecked };
    const defaults = { dir: where, config, options };
    await checkLines(plan.file, lines, defaults, context);
    openDirectory(where);
    const release = holdBatch(where, plan.name);
    try {
      const opened = await openBatch({ plan, lines, dir: where, config, input }, context);
      const outcome = await runBatch(opened, defaults, input.stopAfter, context);
      return answerOf(opened, outcome, input, context);
    } finally {
      release();
    }
  },
});
