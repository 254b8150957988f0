import { scan } from '@pm/process';
import { PmError, type RunRecord } from '@pm/protocol';
import * as z from 'zod/mini';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import { portsNow, portsOfRun } from '../ports/ports-of-run.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import type { Next, RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { isLive } from '../shape/is-live.ts';
import { notesOnStopped, type StopRequest, stopRun } from './stop-run.ts';
import { stopOrder } from './stop-waves.ts';
import { failedByItself, idsAround, tellFailed, type WhatIsLeft, whatIsLeft } from './what-is-left.ts';

/** While runs are stopped, others may begin, so the directory is looked at again this often. What begins after that is only named. */
const MOST_ROUNDS = 5;

// Why: contributing/decisions/2026-11-29-sets-of-services.md
export const down = operation({
  name: 'down',
  summary: 'Stop everything of this directory that runs or waits, and show that nothing is left.',
  input: z.strictObject({
    dir,
    force: flag('Skip the grace period.'),
    reason: describe('Why; stored in the runs.', z.optional(z.string().check(z.maxLength(200)))),
  }),
  output: async () => (await import('../shape/answer.ts')).Answer,
  run: async (input, context) => {
    const where = locateDirectory(input.dir, context);
    const by = `${context.caller ?? 'pm'} down ${process.pid}`;
    // A configuration that cannot be read must not keep anything running. It only gives the order.
    const config = await readConfig(where, context.bounds).catch(() => undefined);
    const request = { force: input.force, reason: input.reason ?? 'everything of its directory is stopped' };
    const around = idsAround(where, context.env);
    const { stopped, left, malformed } = await stopAll(where, request, context, { by, config, around });
    const begun = left.runs.filter(({ id }) => !stopped.has(id) && !around.has(id));
    const runs = [...stopped.values(), ...begun.map((run) => viewNow(where, run, by))];
    // One that had failed before is shown without its last lines, so it is still to be told.
    const told = runs.filter(({ outcome }) => !failedByItself(outcome));
    markSeenAfterAnswer(told, where, context);
    const inside = left.runs.filter(({ id }) => around.has(id));
    const notes = [
      ...notesOnStopped(runs),
      ...inside.map(({ step }) => `${step} goes on, because this call was made from inside it`),
    ];
    const place = input.dir === undefined ? {} : { dir: input.dir };
    const again: Next = { operation: 'down', input: place, why: 'stop what is left' };
    return {
      runs,
      ...(malformed.size > 0 && { malformed: [...malformed] }),
      ...(notes.length > 0 && { notes }),
      next: [...(runs.some(isLive) ? [again] : []), ...tellFailed(where, left.unseen, place)],
    };
  },
});

interface Stopped {
  /** By their ids. */
  readonly stopped: ReadonlyMap<string, RunView>;
  /** What is there after the last look. */
  readonly left: WhatIsLeft;
  readonly malformed: ReadonlySet<string>;
}

interface Surroundings {
  readonly by: string;
  readonly config: Config | undefined;
  /** The runs from inside of which this call was made: they go on. */
  readonly around: ReadonlySet<string>;
}

/** Stops everything, looks again, and stops what has begun meanwhile. */
async function stopAll(
  where: string,
  request: StopRequest & { readonly reason: string },
  context: Context,
  { by, config, around }: Surroundings,
): Promise<Stopped> {
  const stopped = new Map<string, RunView>();
  const malformed = new Set<string>();
  const remember = (views: readonly RunView[]): void => {
    for (const view of views) stopped.set(view.id ?? view.step, view);
  };
  for (let round = 1; ; round++) {
    const left = whatIsLeft(where, context, by);
    for (const sentence of left.malformed) malformed.add(sentence);
    const runs = left.runs.filter(({ id }) => !stopped.has(id) && !around.has(id));
    const isDone = runs.length === 0 && left.queued.length === 0;
    if (isDone || round > MOST_ROUNDS || context.signal.aborted) return { stopped, left, malformed };
    remember(await stopWaiting(where, left.queued, request.reason, context));
    for (const wave of stopOrder(runs.map((run) => candidate(run, config)))) {
      if (context.signal.aborted) break;
      const records = wave.map(({ run }) => run);
      remember(await stopTogether(where, records, request, context, malformed));
    }
  }
}

function candidate(run: RunRecord, config: Config | undefined) {
  const { id, step, parent } = run;
  const needs = run.needs?.map((need) => need.step) ?? config?.steps?.[step]?.needs ?? [];
  return { id, step, parent, needs, run };
}

/** Ends those that wait for their turn. Their commands never begin. */
async function stopWaiting(
  where: string,
  steps: readonly string[],
  reason: string,
  context: Context,
): Promise<RunView[]> {
  if (steps.length === 0) return [];
  const { stopQueued } = await import('../queue/stop-queued.ts');
  const views = await Promise.all(steps.map((step) => stopQueued(where, step, reason, context)));
  return views.flatMap((view) => view ?? []);
}

/** Stops runs at the same time, and looks at the ports on which they listened. */
async function stopTogether(
  where: string,
  runs: readonly RunRecord[],
  request: StopRequest,
  context: Context,
  malformed: Set<string>,
): Promise<RunView[]> {
  const table = scan();
  const views = await Promise.all(
    runs.map(async (run) => {
      const ports = portsOfRun(where, run, table);
      try {
        const view = await stopRun(where, run, request, context);
        return ports.length === 0 ? [view] : [{ ...view, ports: portsNow(ports) }];
      } catch (error) {
        if (!(error instanceof PmError)) throw error;
        malformed.add(`${run.step}: ${error.message}`);
        return [];
      }
    }),
  );
  return views.flat();
}
