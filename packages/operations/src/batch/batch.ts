import { openDirectory } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { cwd, notify, policy, skipChecks, turn } from '../shape/start-fields.ts';
import { stepName } from '../shape/step-name.ts';
import { answerOf } from './batch-answer.ts';
import { holdBatch } from './batch-folder.ts';
import { openBatch } from './open-batch.ts';
import { checkLines, linesOf, planBatch } from './plan-batch.ts';
import { runBatch } from './run-batch.ts';

const count = z.coerce.number().check(z.int(), z.gte(1, 'must be 1 at least'));

const BatchInput = z.strictObject({
  file: describe(
    'File of jobs. Each line is ["command", "argument"], or {"command": [...]} with key, cwd, env or options of pm start.',
    z.optional(z.string()),
  ),
  each: describe(
    'File of arguments. The command runs once for each line, and {} in it stands for the line.',
    z.optional(z.string()),
  ),
  command: describe(
    'The command that --each runs.',
    z.optional(z.array(z.string()).check(z.minLength(1, 'names no command'))),
  ),
  queue: describe('Queue in which the lines wait. Default: a queue of this batch alone.', z.optional(stepName)),
  slots: describe(
    'How many runs of the queue go at the same time, from now on. Default: as before, and 1 for a new queue.',
    z.optional(count.check(z.lte(1_000, 'must be 1000 at most'))),
  ),
  priority: turn.priority,
  resume: flag('Start only the lines that have not succeeded. Lines that run or wait go on.'),
  again: flag('Start all lines again, and forget the earlier results.'),
  stopAfter: describe('Start nothing more after this many failures in a row. Running lines go on.', z.optional(count)),
  out: describe('File of the results. Default: FILE.results.jsonl.', z.optional(z.string())),
  name: describe(
    'Name of the batch. The names of its steps begin with it. Default: the name of the file.',
    z.optional(z.string()),
  ),
  cwd,
  dir,
  skipChecks,
  notify,
  ...policy,
});

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
