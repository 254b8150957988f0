import { StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { policy } from './fields.ts';
import { says } from './says.ts';

/** How a run is judged, as on the command line: the same fields, so the same words and the same limits. */
const Defaults = says('For every run that says nothing else.', z.strictObject(policy));

const Step = z.strictObject({
  command: says(
    'The command and its arguments, run as given: no shell.',
    z.array(z.string()).check(z.minLength(1, 'names no command')),
  ),
  cwd: says('Working directory of the command, seen from this file. Default: its folder.', z.optional(z.string())),
  ...policy,
});

/**
 * `pm.config.json`: what this project runs, and how it is judged. Data only; whatever is not known is refused, because a limit or
 * a check that is silently ignored is worse than none.
 */
export const Config = z.strictObject({
  $schema: z.optional(z.string()),
  defaults: z.optional(Defaults),
  steps: says('Pieces of work, by name: pm start <name> runs them.', z.optional(z.record(StepName, Step))),
});
export type Config = z.infer<typeof Config>;

/** The keys that may stand at this place of the file, for the sentence that refuses another one. */
export function keysAt([first, ...rest]: readonly PropertyKey[]): string[] {
  if (first === undefined) return Object.keys(Config.shape);
  return Object.keys(first === 'steps' && rest.length > 0 ? Step.shape : policy);
}
