import { Duration } from '@pm/protocol';
import * as z from 'zod/mini';
import { describe } from './describe.ts';
import { stepName } from './step-name.ts';

// Every option of every frontend is described once, here or in start-fields.ts. Command line flags, help pages and tool schemas are derived from it.

const names = z.array(stepName);

export const flag = (description: string) => describe(description, z.optional(z.boolean()));
export const dir = describe(
  'Directory of the runs. Default: PM_DIR, else the nearest .pm of this project.',
  z.optional(z.string()),
);
export const oneStep = describe('A step; train~1 is its previous run.', stepName);
export const seenRun = describe(
  'The id of the run that you mean: if its step has another run now, nothing is done.',
  z.optional(z.string().check(z.maxLength(100))),
);
export const someSteps = describe('Steps to wait for. Default: all live runs and unseen endings.', z.optional(names));
export const failedRuns = flag('Only runs that ended without success.');
export const sinceEnd = describe(
  'Only runs that are live or ended within this time, such as 1d.',
  z.optional(Duration),
);
export const stepsToStop = describe(
  'Steps: the newest run of each.',
  z.optional(names.check(z.minLength(1, 'names no step'))),
);
export const portNumber = describe(
  'A TCP port, 1 to 65535.',
  z.coerce.number().check(z.int('must be a number from 1 to 65535'), z.gte(1), z.lte(65_535)),
);
export const portToStop = describe('Or the run that holds this port.', z.optional(portNumber));
export const budget = describe('How long to wait at most; the run continues.', z.optional(Duration));
