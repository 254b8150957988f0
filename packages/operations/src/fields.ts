import { LIVENESS } from '@pm/protocol';
import * as z from 'zod/mini';
import { Duration, Limit, Size } from './duration.ts';

// Every option of every frontend is described here once; flags, help and tool schemas derive from it.

const stepName = z.string().check(z.maxLength(80));

export const dir = z
  .optional(z.string())
  .check(z.describe('Sentinel directory. Default: PM_DIR, else the nearest .pm of this project.'));
export const stepToStart = z
  .optional(stepName)
  .check(z.describe('Name of this piece of work. Default: derived from the command.'));
export const oneStep = stepName.check(z.describe('A step; train~1 is the run before the last.'));
export const someSteps = z.optional(z.array(stepName)).check(z.describe('Steps; without any, every live run.'));
export const command = z
  .array(z.string())
  .check(z.minLength(1, 'names no command'), z.describe('The command and its arguments, run as given: no shell.'));
export const budget = z
  .optional(Duration)
  .check(z.describe('How long to wait before answering "still running". The run and its deadline are not touched.'));

/** How a run is to be judged. */
export const policy = {
  timeout: z.optional(Limit).check(z.describe('Awake time the run may take (30m), or none.')),
  grace: z.optional(Duration).check(z.describe('Between the polite and the forceful signal (10s).')),
  liveness: z
    .optional(z.enum(LIVENESS))
    .check(
      z.describe(
        'What proves the work alive: wrapper (never hung), output, activity (CPU or I/O of its tree), or beat (it touches $PM_BEAT).',
      ),
    ),
  stale: z.optional(Duration).check(z.describe('How long that proof may stay away before the run is hung (60s).')),
  quietAfter: z.optional(Duration).check(z.describe('How long without output or activity counts as quiet (5m).')),
  beat: z.optional(Duration).check(z.describe('How often the wrapper beats (10s).')),
  logCap: z.optional(Size).check(z.describe('Log bytes kept on disk, half head and half tail (256MiB).')),
  split: z.optional(z.boolean()).check(z.describe('Keep stderr in a file of its own instead of in order with stdout.')),
};
