import { existsSync } from 'node:fs';
import { doubtOnStop, stop as stopRun } from '@pm/monitor';
import { DEFAULT_POLICY, runPaths } from '@pm/protocol';
import { hasQueued } from '@pm/protocol/fs';
import * as z from 'zod/mini';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { findRun } from '../runs/find-run.ts';
import { innerRuns } from '../runs/inner-runs.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import { isLive, viewOfOutcome, withLivingSurvivors } from '../runs/outcome-view.ts';
import { recordsGone, viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import { untilPublished } from '../runs/until-published.ts';
import type { RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag, stepsToStop } from '../shape/fields.ts';

export const stop = operation({
  name: 'stop',
  summary: 'Stop runs with all their processes, and name those that survive.',
  input: z.strictObject({
    steps: stepsToStop,
    dir,
    force: flag('Skip the grace period.'),
    reason: describe('Why; stored in the run.', z.optional(z.string().check(z.maxLength(200)))),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const waiting = await stopWaiting(where, input, context);
    const others = input.steps.filter((name) => !waiting.some(({ step }) => step === name));
    const records = others.map((name) => findRun(where, name, DEFAULT_POLICY)); // all names are checked first, so that a typo stops nothing
    const [ends, forces] = [forkSignal(context.signal), context.force && forkSignal(context.force)];
    const each = (): Context => ({ ...context, signal: ends.next(), ...(forces && { force: forces.next() }) });
    const stopped = await Promise.all(records.map((run) => stopOne(where, run, input, each()))).finally(() => {
      ends.close();
      forces?.close();
    });
    const runs = [...waiting, ...stopped];
    markSeenAfterAnswer(runs, where, context);
    // It may only have been told to stop: the client has left, or the run is on another machine.
    const left = runs.filter(isLive);
    const doubts = runs.flatMap(({ step, doubt }) => (doubt === undefined ? [] : [`${step}: ${doubt}`]));
    const inner = innerRuns(where, runs, input.dir, 'pm stop');
    const notes = [...left.map(({ step, evidence }) => `${step}: ${evidence}`), ...doubts, ...inner.notes];
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

async function stopOne(
  where: string,
  run: Parameters<typeof stopRun>[1],
  { force, reason }: { force?: boolean | undefined; reason?: string | undefined },
  context: Context,
): Promise<RunView> {
  if (!existsSync(runPaths(where, run.id).folder)) throw recordsGone(where, run);
  const by = `${context.caller ?? 'pm'} stop ${process.pid}`;
  const doubts = doubtOnStop(where, run);
  const outcome = await stopRun(where, run, {
    by,
    reason: reason ?? 'asked to stop',
    signal: context.signal,
    ...(force === true && { graceMs: 0 }),
    ...(context.force !== undefined && { force: context.force }),
  });
  if (outcome === undefined) return viewNow(where, run, by);
  await untilPublished(where, run);
  const view = withLivingSurvivors(run, viewOfOutcome(where, run, outcome));
  const doubt = await doubts(outcome, context.signal);
  return doubt === undefined ? view : { ...view, doubt };
}

/** Abort signals that follow another one. */
interface SignalFork {
  readonly next: () => AbortSignal;
  /** No more of them are needed. */
  readonly close: () => void;
}

/**
 * Makes a separate signal for each listener: Node warns of a leak if one signal has more than ten.
 * @param signal the one to follow
 */
function forkSignal(signal: AbortSignal): SignalFork {
  const followers: AbortController[] = [];
  const abort = (): void => {
    for (const follower of followers) follower.abort(signal.reason);
  };
  signal.addEventListener('abort', abort, { once: true });
  return {
    next: () => {
      const follower = new AbortController();
      if (signal.aborted) follower.abort(signal.reason);
      followers.push(follower);
      return follower.signal;
    },
    close: () => signal.removeEventListener('abort', abort),
  };
}
