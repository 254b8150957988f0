import type { QueuedRecord, RunRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { type ListingHere, listingOf, viewOfQueued } from '../queue/queued-view.ts';
import { findQueued, findRun } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import { untilTurn } from '../turn/until-turn.ts';
import { type WaitInput, waitFor } from './wait-for.ts';
import { withinBudget } from './within-budget.ts';

/** How many of the runs that still wait are shown. */
const SHOWN = 20;

/** Waits for runs of which some wait for their turn: until all have begun, or with `any` until one has, and then until they end. */
export async function waitForTurn(
  dir: string,
  steps: readonly string[],
  input: WaitInput,
  context: Context,
): Promise<Answer> {
  const beganMs = performance.now();
  const found = new Map<string, RunRecord>();
  const queued: QueuedRecord[] = [];
  for (const name of steps) {
    const record = findQueued(dir, name);
    if (record === undefined) found.set(name, findRun(dir, name));
    else queued.push(record);
  }
  await withinBudget(input.budget, context.signal, async (signal) => {
    const isEnough = (): boolean => input.any === true && found.size > 0;
    const begun = await untilTurn(
      dir,
      queued,
      { ...context, signal },
      (now) => isEnough() || (input.any === true && now.size > 0),
    );
    for (const { step, id } of queued) {
      const run = begun.get(id);
      if (run !== undefined) found.set(step, run);
    }
  });
  const left = queued.filter(({ step }) => !found.has(step));
  if (left.length > 0 && !(input.any === true && found.size > 0)) {
    const views: RunView[] = [];
    const listings = new Map<string, ListingHere>();
    for (const record of left.slice(0, SHOWN)) {
      const { folder } = record.queue;
      const listing = listings.get(folder) ?? (await listingOf(folder, dir));
      listings.set(folder, listing);
      views.push(await viewOfQueued(dir, record, listing));
    }
    const next = views.slice(0, 1).flatMap((view) => nextCallsFor(view, input.dir));
    return { runs: views, ...(!context.signal.aborted && { budgetOver: true }), next };
  }
  const spentMs = performance.now() - beganMs;
  const budget = input.budget === undefined ? undefined : Math.max(input.budget - spentMs, 1);
  return waitFor(dir, [...found.values()], { ...input, steps: [...found.keys()], budget }, context);
}
