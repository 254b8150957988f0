import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';
import { cwd, dir, flag, notify, policy, skipChecks, turn } from '../shape/fields.ts';

const count = z.coerce.number().check(z.int(), z.gte(1, 'must be 1 at least'));

/** The input of `pm batch`. */
export const BatchInput = z.strictObject({
  file: describe(
    'File of jobs: on each line ["command", "argument"], or {"command": [...]} with key, cwd, env or options of a start.',
    z.optional(z.string()),
  ),
  each: describe(
    'File of arguments: the command is run for each line, which is put where it has {}.',
    z.optional(z.string()),
  ),
  command: describe(
    'The command of --each.',
    z.optional(z.array(z.string()).check(z.minLength(1, 'names no command'))),
  ),
  queue: describe('Queue in which the lines wait. Default: one of their own, in this project.', turn.queue),
  slots: describe(
    'How many run at a time, from now on. Default: what the queue has, which is 1 if nothing was said.',
    z.optional(count.check(z.lte(1_000, 'must be 1000 at most'))),
  ),
  priority: turn.priority,
  resume: flag('Start only what has not succeeded. What runs or is in line goes on.'),
  again: flag('Start all lines again, and forget the results.'),
  stopAfter: describe('Start no more after so many failures in a row. What runs goes on.', z.optional(count)),
  out: describe('File of the results. Default: FILE.results.jsonl.', z.optional(z.string())),
  name: describe('Name of the batch, with which its steps begin. Default: that of the file.', z.optional(z.string())),
  cwd,
  dir,
  skipChecks,
  notify,
  ...policy,
});
export type BatchInput = z.output<typeof BatchInput>;
