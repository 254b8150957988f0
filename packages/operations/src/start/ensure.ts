import { isStepName } from '@pm/protocol';
import { hasQueued, presentIn, readClaim } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import type { AskedStart } from '../admit/start-call.ts';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { viewNow } from '../runs/run-view.ts';
import { untilStopped } from '../sets/until-stopped.ts';
import { budget, dir } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';
import {
  command,
  cwd,
  keep,
  literal,
  notify,
  policy,
  port,
  readiness,
  skipChecks,
  stay,
  stdin,
  stepToStart,
  turn,
} from '../shape/start-fields.ts';
import { beginRun } from './begin-run.ts';
import { type AnyBegun, begunAnswer } from './begun-answer.ts';

export const ensure = operation({
  name: 'ensure',
  summary: 'Make sure that a service is there and ready: use the one that runs, or start it.',
  input: z.strictObject({
    step: stepToStart,
    command,
    dir,
    cwd,
    ...readiness,
    budget,
    stdin,
    literal,
    skipChecks,
    notify,
    port,
    ...turn,
    keep,
    ...policy,
    ...stay,
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const begun = (await liveWithoutCommand(input, context)) ?? (await beginRun('ensure', input, context));
    return begunAnswer(begun, { ...input, waitReady: true }, context);
  },
});

/** The live run of a step for which neither the call nor pm.config.json has a command: somebody has started it by hand. */
async function liveWithoutCommand(input: AskedStart, context: Context): Promise<AnyBegun | undefined> {
  const { step, command: asked, dir: named } = input;
  if (asked !== undefined || step === undefined || !isStepName(step)) return undefined;
  const where = locateDirectory(named, context);
  const config = await readConfig(where, context.bounds);
  if (Object.hasOwn(config?.steps ?? {}, step) || hasQueued(where, step)) return undefined;
  await untilStopped(where, step, context);
  const run = presentIn(readClaim(where, step)?.run ?? { kind: 'absent' });
  if (run === undefined) return undefined;
  const view = viewNow(where, run, 'pm ensure');
  if (!isLive(view)) return undefined;
  return { kind: 'answer', answer: { runs: [view], alreadyRunning: true, next: nextCallsFor(view, named) }, config };
}
