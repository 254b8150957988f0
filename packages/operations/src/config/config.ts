import { Duration, LogSize, StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';
import { policy } from '../shape/fields.ts';
import { BREAKER_KEYS, BreakerSetting } from './breaker-setting.ts';

/** Its schema for editors is made of what the built-in checks take. */
export const ObjectSpec = z.looseObject({ check: z.string().check(z.minLength(1), z.maxLength(1_000)) });

const Spec = z.union(
  [z.string().check(z.minLength(1), z.maxLength(1_000)), ObjectSpec],
  'must be text such as "disk:2GiB", or an object with its check',
);

/**
 * Checks as `pm.config.json` has them. Their options are looked at by the checks themselves, when one is asked for: a start
 * that asks none must not load them.
 */
const Checks = describe(
  'What has to hold before a run begins: as after --check, or an object with its check and options.',
  z.optional(z.array(Spec).check(z.maxLength(200))),
);

/** How a run is judged, as on the command line: the same fields, so the same words and the same limits. */
const Defaults = describe(
  'For every run that says nothing else.',
  z.strictObject({ ...policy, checks: Checks, breaker: BreakerSetting }),
);

const Step = z.strictObject({
  command: describe(
    'The command and its arguments, run as given: no shell.',
    z.array(z.string()).check(z.minLength(1, 'names no command')),
  ),
  cwd: describe('Working directory of the command, seen from this file. Default: its folder.', z.optional(z.string())),
  ...policy,
  checks: Checks,
  breaker: BreakerSetting,
});

const count = z.number().check(z.int(), z.gte(1), z.lte(10_000));

const BoundsConfig = z.strictObject({
  roots: describe(
    'Folders that commands run in and directories of runs are in, seen from this file. Default: its folder, and the folder of the server unless PM_DIR names the project.',
    z.optional(z.array(z.string()).check(z.minLength(1, 'names no folder'))),
  ),
  concurrentRuns: describe('Live runs at a time (16).', z.optional(count)),
  startsPerMinute: describe('Starts within one minute (30).', z.optional(count)),
  timeout: describe('Awake time a run may take, extensions included.', z.optional(Duration)),
  logCap: describe('Log bytes of a run kept on disk.', z.optional(LogSize)),
  env: describe(
    'Variables of the server that commands get, NAME or NAME_*, besides PATH, HOME and the like. Default: all.',
    z.optional(z.array(z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, 'must be NAME or NAME_*')))),
  ),
});

/**
 * `pm.config.json`: what this project runs, and how it is judged. Data only; whatever is not known is refused, because a limit or
 * a check that is silently ignored is worse than none.
 */
export const Config = z.strictObject({
  $schema: z.optional(z.string()),
  checks: Checks,
  defaults: z.optional(Defaults),
  bounds: describe('What models may ask for at most, through pm-mcp; no call can raise it.', z.optional(BoundsConfig)),
  steps: describe('Pieces of work, by name: pm start <name> runs them.', z.optional(z.record(StepName, Step))),
});
export type Config = z.infer<typeof Config>;

/** The keys that may stand at this place of the file, for the sentence that refuses another one. */
export function keysAt([first, ...rest]: readonly PropertyKey[]): string[] {
  if (first === undefined) return Object.keys(Config.shape);
  if (first === 'bounds') return Object.keys(BoundsConfig.shape);
  if (rest.at(first === 'steps' ? 1 : 0) === 'breaker') return BREAKER_KEYS;
  return Object.keys(first === 'steps' && rest.length > 0 ? Step.shape : Defaults.shape);
}
