import type { QueuedRecord, RunRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { notesOnOthersWork } from '../project/others-work.ts';
import { type ListingHere, listingOf, viewOfQueued } from '../queue/queued-view.ts';
import { findQueued, findRun } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { untilTurn } from '../turn/until-turn.ts';
import { type WaitInput, waitFor } from './wait-for.ts';
import { withinBudget } from './within-budget.ts';

/** How many of the runs that still wait are shown. */
const SHOWN = 20;
/** When a run begins, the wait begins anew with it. With many runs that takes long, so it is done less often: after so many ms for each run. */
const PAUSE_MS = 5;

/** Waits for runs of which some wait for their turn: until all have begun and ended, or, as for any wait, until a decision is needed. */
export async function waitForTurn(
  dir: string,
  steps: readonly string[],
  input: WaitInput,
  context: Context,
): Promise<Answer> {
  const beganMs = performance.now();
  const found = new Map<string, RunRecord>();
  let queued: QueuedRecord[] = [];
  for (const name of steps) {
    const record = findQueued(dir, name);
    if (record === undefined) found.set(name, findRun(dir, name));
    else queued.push(record);
  }
  let decided: Answer | undefined;
  await withinBudget(input.budget, context.signal, async (signal) => {
    while (queued.length > 0 && decided === undefined && !signal.aborted) {
      const news = await untilNews(dir, found, queued, input, { ...context, signal });
      for (const { step, id } of queued) {
        const run = news.begun.get(id);
        if (run !== undefined) found.set(step, run);
      }
      queued = queued.filter(({ step }) => !found.has(step));
      decided = news.decided;
      if (decided === undefined && news.begun.size === 0) break; // those that are left were taken out of their queue, and their records are gone
    }
  });
  if (decided !== undefined) return decided;
  const begun = [...found.values()];
  const begunInput = { ...input, steps: [...found.keys()] };
  if (queued.length === 0) {
    const budget = input.budget === undefined ? undefined : Math.max(input.budget - (performance.now() - beganMs), 1);
    return waitFor(dir, begun, { ...begunInput, budget }, context);
  }
  const answer = begun.length === 0 ? undefined : await waitFor(dir, begun, { ...begunInput, budget: 1 }, context);
  const views = await viewsOf(dir, queued.slice(0, SHOWN));
  const notes = [...(answer?.notes ?? []), ...notesOnOthersWork(dir, context.env)];
  return {
    ...answer,
    runs: [...(answer?.runs ?? []), ...views],
    ...(!context.signal.aborted && { budgetOver: true }),
    ...(notes.length > 0 && { notes }),
    next: answer?.next ?? views.slice(0, 1).flatMap((view) => nextCallsFor(view, input.dir)),
  };
}

interface News {
  /** The answer, if a run that has begun needs a decision, or has ended what is waited for. */
  readonly decided: Answer | undefined;
  /** The runs that have begun, by id. */
  readonly begun: ReadonlyMap<string, RunRecord>;
}

/** Waits for the runs that have begun, and for the next that begins. */
async function untilNews(
  dir: string,
  found: ReadonlyMap<string, RunRecord>,
  queued: readonly QueuedRecord[],
  input: WaitInput,
  { signal, answered, ...context }: Context,
): Promise<News> {
  const over = new AbortController();
  const end = (): void => over.abort();
  signal.addEventListener('abort', end, { once: true });
  // What an answer marks as told is marked only if it is given.
  const marks: (() => void)[] = [];
  const within: Context = { ...context, signal: over.signal, answered: (act) => void marks.push(act) };
  const soonestMs = performance.now() + (found.size + queued.length) * PAUSE_MS;
  const turn = untilTurn(dir, queued, within, (begun) => begun.size > 0 && performance.now() >= soonestMs);
  const own = { ...input, steps: [...found.keys()], budget: undefined };
  const wait = waitFor(dir, [...found.values()], own, within);
  try {
    const isDecided = (answer: Answer): boolean => !over.signal.aborted && endsTheWait(answer, input);
    const decided = await Promise.race([
      turn.then(() => undefined),
      wait.then((answer) => (isDecided(answer) ? answer : turn.then(() => undefined))),
    ]);
    end();
    if (decided !== undefined) for (const mark of marks) answered?.(mark);
    await wait;
    return { decided, begun: await turn };
  } finally {
    end();
    signal.removeEventListener('abort', end);
    turn.catch(() => {}); // what the wait for the others has thrown is told
  }
}

/** Whether a wait that has returned by itself answers the whole call. Without `any`, runs that have all ended do not. */
function endsTheWait({ runs }: Answer, { any }: WaitInput): boolean {
  return runs.some((run) => isLive(run) || run.lineSeen !== undefined) || (any === true && runs.length > 0);
}

async function viewsOf(dir: string, queued: readonly QueuedRecord[]): Promise<RunView[]> {
  const views: RunView[] = [];
  const listings = new Map<string, ListingHere>();
  for (const record of queued) {
    const { folder } = record.queue;
    const listing = listings.get(folder) ?? (await listingOf(folder, dir));
    listings.set(folder, listing);
    views.push(await viewOfQueued(dir, record, listing));
  }
  return views;
}
