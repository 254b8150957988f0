import { scan } from '@pm/process';
import { PmError, type RunRecord } from '@pm/protocol';
import * as z from 'zod/mini';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { operation } from '../operation.ts';
import type { Context } from '../project/context.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { isLive } from '../runs/outcome-view.ts';
import { viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import type { Next, RunView } from '../shape/answer.ts';
import { describe } from '../shape/describe.ts';
import { dir, flag } from '../shape/fields.ts';
import { portsNow, portsOfRun } from './ports-after.ts';
import { stopOrder } from './stop-order.ts';
import { forkSignal, type StopRequest, stopRun } from './stop-run.ts';
import { idsAround, whatIsLeft } from './what-is-left.ts';

/** While runs are stopped, others may begin. So often is looked for them; a program that starts more and more is only told of. */
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
    const stopped = new Map<string, RunView>();
    let left = whatIsLeft(where, context, by);
    const isNew = ({ id }: RunRecord): boolean => !stopped.has(id) && !around.has(id);
    const malformed = new Set(left.malformed);
    for (let round = 1; round <= MOST_ROUNDS && !context.signal.aborted; round++) {
      const runs = left.runs.filter(isNew);
      if (runs.length === 0 && left.queued.length === 0) break;
      for (const view of await stopWaiting(where, left.queued, request.reason, context)) remember(view);
      for (const wave of stopOrder(runs.map((run) => candidate(run, config)))) {
        if (context.signal.aborted) break;
        const records = wave.map(({ run }) => run);
        for (const view of await stopTogether(where, records, request, context, malformed)) remember(view);
      }
      left = whatIsLeft(where, context, by);
      for (const sentence of left.malformed) malformed.add(sentence);
    }
    const begun = left.runs.filter(isNew).map((run) => viewNow(where, run, by));
    const runs = [...stopped.values(), ...begun];
    markSeenAfterAnswer(runs, where, context);
    const living = runs.filter(isLive);
    const inside = left.runs.filter(({ id }) => around.has(id));
    const notes = [
      ...living.map(({ step, evidence }) => `${step}: ${evidence}`),
      ...runs.flatMap(({ step, doubt }) => (doubt === undefined ? [] : [`${step}: ${doubt}`])),
      ...inside.map(({ step }) => `${step} goes on: this call was made from inside of it`),
    ];
    const place = input.dir === undefined ? {} : { dir: input.dir };
    const again: Next = { operation: 'down', input: { ...place }, why: 'stop what is left' };
    return {
      runs,
      ...(malformed.size > 0 && { malformed: [...malformed] }),
      ...(notes.length > 0 && { notes }),
      next: living.length > 0 ? [again] : [],
    };

    function remember(view: RunView): void {
      stopped.set(view.id ?? view.step, view);
    }
  },
});

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
  const [ends, forces] = [forkSignal(context.signal), context.force && forkSignal(context.force)];
  const views = await Promise.all(
    runs.map(async (run) => {
      const own = { ...context, signal: ends.next(), ...(forces && { force: forces.next() }) };
      const ports = portsOfRun(where, run, table);
      try {
        const view = await stopRun(where, run, request, own);
        return ports.length === 0 ? [view] : [{ ...view, ports: portsNow(ports) }];
      } catch (error) {
        if (!(error instanceof PmError)) throw error;
        malformed.add(`${run.step}: ${error.message}`);
        return [];
      }
    }),
  ).finally(() => {
    ends.close();
    forces?.close();
  });
  return views.flat();
}
