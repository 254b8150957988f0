import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuedRecord, RunRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { notesOnOthersWork } from '../project/others-work.ts';
import { type ListingHere, listingOf, viewOfQueued } from '../queue/queued-view.ts';
import { findQueued, findRun } from '../runs/find-run.ts';
import { nextCallsFor } from '../runs/next-calls.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { type BegunRuns, openBegunRuns } from '../turn/begun-runs.ts';
import { untilTurn } from '../turn/until-turn.ts';
import { type WaitInput, waitFor } from './wait-for.ts';
import { withinBudget } from './within-budget.ts';

/** How many of the runs that still wait are shown. */
const SHOWN = 20;
/** When a run begins, the wait for those that have begun is made anew with it. With many that takes long, so it is done less often, ms for each. */
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
  const queued: QueuedRecord[] = [];
  for (const name of steps) {
    const record = findQueued(dir, name);
    if (record === undefined) found.set(name, findRun(dir, name));
    else queued.push(record);
  }
  const runs = openBegunRuns(found, queued);
  let decided: Answer | undefined;
  await withinBudget(input.budget, context.signal, async (signal) => {
    const over = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const within = { ...context, signal: over.signal };
    const turn = untilTurn(dir, queued, within, (begun) => {
      runs.add(begun);
      return false;
    });
    turn.catch(() => {}); // what the wait for the others has thrown is told
    try {
      decided = await Promise.race([
        turn.then(() => undefined),
        untilDecided(dir, runs, input, within, context.answered),
      ]);
      end();
      runs.add(await turn);
    } finally {
      end();
      signal.removeEventListener('abort', end);
    }
  });
  if (decided !== undefined) return decided;
  const begunInput = { ...input, steps: runs.names() };
  if (runs.left().length === 0) {
    const budget = input.budget === undefined ? undefined : Math.max(input.budget - (performance.now() - beganMs), 1);
    return waitFor(dir, runs.begun(), { ...begunInput, budget }, context);
  }
  const isAny = runs.begun().length > 0;
  const answer = isAny ? await waitFor(dir, runs.begun(), { ...begunInput, budget: 1 }, context) : undefined;
  const views = await viewsOf(dir, runs.left().slice(0, SHOWN));
  const notes = [...(answer?.notes ?? []), ...notesOnOthersWork(dir, context.env)];
  return {
    ...answer,
    runs: [...(answer?.runs ?? []), ...views],
    ...(!context.signal.aborted && { budgetOver: true }),
    ...(notes.length > 0 && { notes }),
    next: answer?.next ?? views.slice(0, 1).flatMap((view) => nextCallsFor(view, input.dir)),
  };
}

/**
 * Waits for the runs that have begun, and anew when another one begins.
 * @param answered of the caller: what an answer marks as told is marked only if it is given
 * @returns the answer, if one of them needs a decision, or has ended what is waited for; undefined if the signal was aborted first
 */
async function untilDecided(
  dir: string,
  runs: BegunRuns,
  input: WaitInput,
  context: Context,
  answered: Context['answered'],
): Promise<Answer | undefined> {
  const { signal } = context;
  while (!signal.aborted) {
    const again = new AbortController();
    const stop = (): void => again.abort();
    signal.addEventListener('abort', stop, { once: true });
    const marks: (() => void)[] = [];
    const within: Context = { ...context, signal: again.signal, answered: (act) => void marks.push(act) };
    const own = { ...input, steps: runs.names(), budget: undefined };
    const pauseMs = runs.begun().length * PAUSE_MS;
    const news = runs.next(again.signal).then(() => sleep(pauseMs, undefined, { signal }).catch(() => {}));
    try {
      const wait = waitFor(dir, runs.begun(), own, within);
      const answer = await Promise.race([wait, news.then(() => undefined)]);
      if (answer !== undefined && !signal.aborted && endsTheWait(answer, input)) {
        for (const mark of marks) answered?.(mark);
        return answer;
      }
      if (answer !== undefined) await news; // all that have begun have ended
      stop();
      await wait;
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }
  return undefined;
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
