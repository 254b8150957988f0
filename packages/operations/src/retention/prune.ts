import { Duration } from '@pm/protocol';
import * as z from 'zod/mini';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { stepsIn } from '../runs/find-run.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { pruneRuns, RETENTION } from './prune-runs.ts';

export const prune = operation({
  name: 'prune',
  summary: 'Delete old runs that have ended, as every start does; never a live run.',
  input: z.strictObject({
    dir,
    keep: describe(
      `How many of the newest runs of each step to keep (default ${RETENTION.keep}).`,
      z.optional(z.coerce.number().check(z.int(), z.gte(0))),
    ),
    olderThan: describe(
      `Delete runs that ended longer ago than this (default ${RETENTION.olderThanMs / 86_400_000}d).`,
      z.optional(Duration),
    ),
    all: flag(
      'Also delete ended runs that nobody has seen. Without --keep and --older-than: delete every run that has ended.',
    ),
    dryRun: flag('Only show what would be deleted.'),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async ({ dir: named, keep, olderThan, all, dryRun }, context) => {
    const where = locateDirectory(named, context);
    const isAlone = all === true && keep === undefined && olderThan === undefined;
    const rules = {
      keep: isAlone ? 0 : (keep ?? RETENTION.keep),
      olderThanMs: olderThan ?? RETENTION.olderThanMs,
      includeUnseen: all === true,
      includeCounted: isAlone,
      dryRun: dryRun === true,
    };
    return {
      runs: [],
      pruned: await pruneRuns(where, stepsIn(where), rules, context, () => readConfig(where, context.bounds)),
      next: [],
    };
  },
});
