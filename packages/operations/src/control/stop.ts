import { DEFAULT_POLICY, PmError } from '@pm/protocol';
import { hasQueued } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { findQueued, findRun } from '../runs/find-run.ts';
import { innerRuns } from '../runs/inner-runs.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import { notesOnStopped, stopRun } from '../sets/stop-run.ts';
import type { RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag, portToStop, seenRun, stepsToStop } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';
import { checkSameRun } from './same-run.ts';

export const stop = operation({
  name: 'stop',
  summary: 'Stop runs with all their processes, and name those that survive.',
  input: z.strictObject({
    steps: stepsToStop,
    port: portToStop,
    run: seenRun,
    dir,
    force: flag('Skip the grace period.'),
    reason: describe('Why; stored in the run.', z.optional(z.string().check(z.maxLength(200)))),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const { steps = [], port } = input;
    if (steps.length > 0 === (port !== undefined)) throw neitherOrBoth(port);
    const where = locateDirectory(input.dir, context);
    if (port !== undefined && input.run !== undefined)
      throw new PmError('usage', 'stop takes run with a step, not with a port.', `pm stop --port ${port}`);
    if (port !== undefined) return (await import('./stop-port.ts')).stopPort(port, where, input, context);
    if (input.run !== undefined)
      for (const name of steps) checkSameRun(input.run, findQueued(where, name) ?? findRun(where, name));
    const waiting = await stopWaiting(where, { ...input, steps }, context);
    const others = steps.filter((name) => !waiting.some(({ step }) => step === name));
    const records = others.map((name) => findRun(where, name, DEFAULT_POLICY)); // all names are checked first, so that a typo stops nothing
    for (const record of records) checkSameRun(input.run, record);
    const stopped = await Promise.all(records.map((run) => stopRun(where, run, input, context)));
    const runs = [...waiting, ...stopped];
    markSeenAfterAnswer(runs, where, context);
    // It may only have been told to stop: the client has left, or the run is on another machine.
    const left = runs.filter(isLive);
    const inner = innerRuns(where, runs, input.dir, 'pm stop');
    const notes = [...notesOnStopped(runs), ...inner.notes];
    const next = [...left.flatMap((run) => nextCallsFor(run, input.dir)), ...inner.next];
    return { runs, ...(notes.length > 0 && { notes }), next };
  },
});

/** Ends those runs that wait for their turn, which is immediate. */
async function stopWaiting(
  where: string,
  { steps, reason }: { readonly steps: readonly string[]; readonly reason?: string | undefined },
  context: Context,
): Promise<RunView[]> {
  if (!steps.some((name) => hasQueued(where, name))) return [];
  const { stopQueued } = await import('../queue/stop-queued.ts');
  const stopped = await Promise.all(steps.map((name) => stopQueued(where, name, reason ?? 'asked to stop', context)));
  return stopped.flatMap((view) => view ?? []);
}

function neitherOrBoth(port: number | undefined): PmError {
  if (port === undefined)
    return new PmError('usage', 'stop needs a step, or a port by --port.', 'To see the steps: pm ls');
  return new PmError('usage', 'stop takes steps or a port, not both.', `pm stop --port ${port}`);
}
