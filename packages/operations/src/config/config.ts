import { DiskSize, Duration, LogSize, StepName } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from '../shape/describe.ts';
import { flag } from '../shape/fields.ts';
import { literal, notify, policy, port, readiness, stay, turn } from '../shape/start-fields.ts';
import { BREAKER_KEYS, BreakerSetting } from './breaker-setting.ts';
import { TARGET_KEYS, TargetSpec } from './target-spec.ts';

/** The schema for editors replaces it by the options of the built-in checks. */
export const ObjectSpec = z.looseObject({ check: z.string().check(z.minLength(1), z.maxLength(1_000)) });

const Spec = z.union(
  [z.string().check(z.minLength(1), z.maxLength(1_000)), ObjectSpec],
  'must be text such as "disk:2GiB", or an object with its check',
);

/**
 * Checks as they are written in `pm.config.json`. Each check parses its own options when it is used: a start without checks must not
 * load them.
 */
const Checks = describe(
  'What must hold before a run starts: text as after --check, or an object with a check and its options.',
  z.optional(z.array(Spec).check(z.maxLength(200))),
);

const ReadyChecks = describe(
  'What makes it ready: text as after --ready, or an object with a check and its options. Paths start where the command runs.',
  z.optional(z.array(Spec).check(z.maxLength(20))),
);

/** How a run is judged: the same fields as on the command line. */
const Defaults = describe(
  'Options of every run that does not set its own.',
  z.strictObject({ ...policy, notify, checks: Checks, breaker: BreakerSetting }),
);

const Step = z.strictObject({
  command: describe(
    'The command and its arguments, run without a shell.',
    z.array(z.string()).check(z.minLength(1, 'names no command')),
  ),
  cwd: describe(
    'Working directory of the command, relative to this file. Default: the folder of this file.',
    z.optional(z.string()),
  ),
  literal,
  port,
  ...policy,
  ...stay,
  ...turn,
  ready: ReadyChecks,
  stdin: describe(
    'open: its standard input never ends, for watch programs that end with it. Without this it is empty.',
    z.optional(z.enum(['open'])),
  ),
  service: flag(
    'It is meant to stay: no limit unless one is given, never quiet, and an end with 0 is told. Default: true with ready.',
  ),
  readyTimeout: readiness.readyTimeout,
  rerun: describe(
    'With a queue on an engine: if-lost runs it again elsewhere when its worker was lost. Default: it is told as lost, and not run twice.',
    z.optional(z.enum(['if-lost'])),
  ),
  needs: describe(
    'Steps that must be ready before this one begins: those that do not run are started, and stopped after the last run that needs them.',
    z.optional(z.array(StepName).check(z.maxLength(100))),
  ),
  notify,
  checks: Checks,
  breaker: BreakerSetting,
});

/** `NAME`, or `NAME_*` for all that begin so. */
const VariableName = z.string().check(z.regex(/^[A-Za-z_][A-Za-z0-9_]*\*?$/, 'must be NAME or NAME_*'));

/** It takes up to two seconds from the end of a lease to the end of its last process, on a machine with much work. 30 % of a lease are kept for that. */
const LEAST_LEASE_MS = 8_000;

const Queue = z.strictObject({
  slots: describe(
    'How many of its runs go at the same time (default 1).',
    z.optional(z.number().check(z.int(), z.gte(1), z.lte(1_000))),
  ),
  freeMemory: describe('Another run starts only if this much memory is free.', z.optional(DiskSize)),
  maxLoad: describe(
    'Another run starts only if the load of the machine is below this.',
    z.optional(z.number().check(z.gt(0))),
  ),
  scope: describe(
    'user: all your projects share it (default). project: only this one.',
    z.optional(z.enum(['user', 'project'])),
  ),
  engine: describe(
    'Where the queue is kept if several hosts work on it: redis://HOST:6379, rediss://, postgres://, or env:NAME, a variable with such a URL. The hosts run pm worker.',
    z.optional(
      z
        .string()
        .check(
          z.regex(
            /^(?:rediss?|postgres(?:ql)?):\/\/|^env:[A-Za-z_]\w*$/,
            'must be redis://…, rediss://…, postgres://… or env:NAME',
          ),
          z.maxLength(2_000),
        ),
    ),
  ),
  env: describe(
    'With engine: the environment variables of the caller that travel to the worker, NAME or NAME_*. Default: none.',
    z.optional(z.array(VariableName).check(z.maxLength(200))),
  ),
  lease: describe(
    'With engine: how long a worker that is cut off may go on. After that its run is ended, and told as lost (default 30s, at least 8s).',
    z.optional(Duration.check(z.refine((ms) => ms >= LEAST_LEASE_MS, 'must be 8s at least'))),
  ),
});

const count = z.number().check(z.int(), z.gte(1), z.lte(10_000));

const BoundsConfig = z.strictObject({
  roots: describe(
    'Folders in which commands may run and directories of runs may be, relative to this file. Default: the folder of this file, and the folder of the server unless PM_DIR is set.',
    z.optional(z.array(z.string()).check(z.minLength(1, 'names no folder'))),
  ),
  concurrentRuns: describe('Live runs at a time (default 16).', z.optional(count)),
  startsPerMinute: describe('Starts within one minute (default 30).', z.optional(count)),
  timeout: describe('Time limit of a run, extensions included.', z.optional(Duration)),
  logCap: describe('Maximum size of the log of a run.', z.optional(LogSize)),
  env: describe(
    'Environment variables of the server that commands get, NAME or NAME_*, in addition to PATH, HOME and similar ones. Default: all.',
    z.optional(z.array(VariableName)),
  ),
});

/**
 * `pm.config.json`: what this project runs and how it is judged. Unknown keys are refused: a limit or a check that is silently ignored is
 * worse than none.
 */
export const Config = z.strictObject({
  $schema: z.optional(z.string()),
  checks: Checks,
  detect: describe(
    'Whether pm preflight also makes the checks that apply to the project (default true). A start makes them only if checks has "auto".',
    z.optional(z.boolean()),
  ),
  defaults: z.optional(Defaults),
  bounds: describe('The most that models may ask for through pm-mcp. No call can raise it.', z.optional(BoundsConfig)),
  targets: describe(
    'Who can be told how a run ended, by name. notify of a step or of defaults, and --notify, name them.',
    z.optional(z.record(StepName, TargetSpec)),
  ),
  queues: describe(
    'Queues by name. Runs wait in them for their turn. pm queue set changes a queue for all projects.',
    z.optional(z.record(StepName, Queue)),
  ),
  steps: describe('The steps by name. pm start <name> runs one.', z.optional(z.record(StepName, Step))),
});
export type Config = z.infer<typeof Config>;

/** The keys that are allowed at this place of the file, for the message that refuses another one. */
export function keysAt([first, ...rest]: readonly PropertyKey[]): string[] {
  if (first === undefined) return Object.keys(Config.shape);
  if (first === 'bounds') return Object.keys(BoundsConfig.shape);
  if (first === 'targets') return TARGET_KEYS;
  if (first === 'queues') return rest.length > 0 ? Object.keys(Queue.shape) : [];
  if (rest.at(first === 'steps' ? 1 : 0) === 'breaker') return BREAKER_KEYS;
  return Object.keys(first === 'steps' && rest.length > 0 ? Step.shape : Defaults.shape);
}
