import { Duration, LIVENESS, Limit, LogSize } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from './describe.ts';
import { stepName } from './step-name.ts';

// Every option of every frontend is described here once; flags, help and tool schemas derive from it.

const names = z.array(stepName);

export const flag = (description: string) => describe(description, z.optional(z.boolean()));
export const dir = describe(
  'Directory of the runs. Default: PM_DIR, else the nearest .pm of this project.',
  z.optional(z.string()),
);
export const cwd = describe('Working directory of the command. Default: yours.', z.optional(z.string()));
export const stepToStart = describe(
  'Name of this piece of work. Default: derived from the command.',
  z.optional(stepName),
);
export const oneStep = describe('A step; train~1 is the run before the last.', stepName);
export const someSteps = describe('Steps; without any, every live run.', z.optional(names));
export const stepsToStop = describe(
  'Steps whose newest runs are to end.',
  names.check(z.minLength(1, 'names no step')),
);
export const command = describe(
  'The command and its arguments, run as given: no shell. Default: that of the step in pm.config.json.',
  z.optional(z.array(z.string()).check(z.minLength(1, 'names no command'))),
);
export const budget = describe(
  'How long to wait before answering "still running". The run and its deadline are not touched.',
  z.optional(Duration),
);

export const skipChecks = flag('Begin whatever the checks of pm.config.json would say.');

/** How a run is to be judged. */
export const policy = {
  timeout: describe('Awake time the run may take (30m), or none.', z.optional(Limit)),
  hardTimeout: describe(
    'How far its limit can be moved at most (pm extend); with it, the job may do so itself.',
    z.optional(Duration),
  ),
  grace: describe('Between the polite and the forceful signal (10s).', z.optional(Duration)),
  liveness: describe(
    'What proves the work alive: wrapper (never hung), output, activity (CPU or I/O of its tree), or beat (it touches $PM_BEAT).',
    z.optional(z.enum(LIVENESS)),
  ),
  stale: describe('How long that proof may stay away before the run is hung (60s).', z.optional(Duration)),
  quietAfter: describe('How long without output or activity counts as quiet (5m).', z.optional(Duration)),
  beat: describe('How often the wrapper beats (10s).', z.optional(Duration)),
  logCap: describe('Log bytes kept on disk, half head and half tail (256MiB).', z.optional(LogSize)),
  retries: describe(
    'How often to start it again when it fails (0; at most 100), within the same run and its limit. Success, exit 126 or 127, and a stop are final.',
    z.optional(z.number().check(z.int(), z.gte(0), z.lte(100))),
  ),
  backoff: describe('Rest between two attempts of --retries (10s).', z.optional(Duration)),
  split: flag('Keep stderr in a file of its own instead of in order with stdout.'),
};
