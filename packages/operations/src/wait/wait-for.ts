import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { markNotified, watch } from '@pm/monitor';
import { parseStepRef, type RunRecord } from '@pm/protocol';
import { openWork } from '@pm/protocol/fs';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import type { Config } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import type { Context } from '../project/context.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { nextCallsForAll } from '../runs/next-calls.ts';
import { withLastLinesIfAttention } from '../runs/outcome-view.ts';
import { takeSnapshot, viewNow } from '../runs/run-view.ts';
import { markSeenAfterAnswer } from '../runs/unseen-endings.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { applyForeignOptions } from './foreign-options.ts';
import { awaitLine } from './line-in-log.ts';
import { liveReport } from './live-report.ts';
import { viewAfterEvent } from './view-after-event.ts';
import { whileWaiting } from './while-waiting.ts';
import { withinBudget } from './within-budget.ts';

/** The options of a wait. */
export interface WaitInput {
  readonly steps?: readonly string[] | undefined;
  readonly dir?: string | undefined;
  readonly any?: boolean | undefined;
  readonly forLine?: string | undefined;
  readonly ignore?: string | undefined;
  readonly budget?: number | undefined;
  readonly timeout?: number | null | undefined;
  readonly stale?: number | undefined;
}

/** Waits for exactly these runs, even if newer ones of their steps begin, and judges them meanwhile. */
export function waitFor(
  where: string,
  runs: readonly RunRecord[],
  input: WaitInput,
  context: Context,
  configOf: () => Promise<Config | undefined> = () => readConfig(where, context.bounds),
): Promise<Answer> {
  return whileWaiting(where, runs, () => answerOf(where, runs, input, context, configOf));
}

async function answerOf(
  where: string,
  runs: readonly RunRecord[],
  input: WaitInput,
  context: Context,
  configOf: () => Promise<Config | undefined>,
): Promise<Answer> {
  const { steps = [] } = input;
  const snapshot = takeSnapshot();
  const views = new Map<string, RunView>(runs.map((run) => [run.id, viewNow(where, run, BY, snapshot)]));
  const live = runs.filter(({ id }) => isKnownLive(views.get(id)));
  if (live.length > 0 || openWork(where).length > 0) ensureResident(where, context);
  for (const run of live) {
    const view = views.get(run.id);
    if (view !== undefined) applyForeignOptions(where, { run, view }, input, BY);
  }
  const ignored = input.ignore?.split(',') ?? [];
  const settling = new Set<string>();
  const isEnough = (): boolean => {
    const known = [...views.values()];
    const isDecided = ({ id = '', attention, lineSeen }: RunView): boolean =>
      attention !== undefined || (lineSeen !== undefined && !settling.has(id));
    if (known.some(isDecided)) return true;
    return input.any === true && known.some((view) => !isLive(view));
  };

  const reporting = liveReport(where, () => [...views.values()], context);
  await withinBudget(input.budget, context.signal, async (signal) => {
    let isOver = live.length === 0 || isEnough();
    if (isOver && input.forLine === undefined) return;
    const enough = new AbortController();
    setMaxListeners(0, enough.signal); // one listener for each log that is followed: more than ten are no leak
    signal.addEventListener('abort', () => enough.abort(), { once: true });
    if (signal.aborted) enough.abort(); // by a signal that came while the run was started
    // The log of an ended run is searched too.
    const lines = Promise.all(input.forLine === undefined ? [] : runs.map((run) => lineOf(run, input.forLine ?? '')));
    lines.catch(() => enough.abort()); // a log that cannot be read ends the wait; it is reported below
    async function lineOf(run: RunRecord, text: string): Promise<void> {
      const line = await awaitLine(where, run, text, () => isOver || !isKnownLive(views.get(run.id)), enough.signal);
      const view = views.get(run.id);
      if (line === undefined || view === undefined) return;
      views.set(run.id, { ...view, lineSeen: line });
      if (!isLive(view)) return enough.abort();
      settling.add(run.id);
      const untilMs = performance.now() + SETTLE_MS;
      while (performance.now() < untilMs && isKnownLive(views.get(run.id)) && !signal.aborted) await sleep(10);
      settling.delete(run.id);
      const settled = views.get(run.id) ?? view;
      views.set(run.id, { ...(isLive(settled) ? viewNow(where, run, BY) : settled), lineSeen: line });
      enough.abort();
    }
    for await (const event of isOver ? [] : watch(where, live, { signal: enough.signal, by: BY })) {
      const view = await viewAfterEvent(where, event, views.get(event.run.id), ignored);
      const { lineSeen } = views.get(event.run.id) ?? {};
      if (view !== undefined) views.set(event.run.id, { ...view, ...(lineSeen !== undefined && { lineSeen }) });
      if (event.type === 'ended') settling.delete(event.run.id);
      if (event.type === 'look' && view !== undefined) await reporting.seen(view);
      if (isEnough()) break;
    }
    isOver = true; // nothing more is waited for in live logs; logs of ended runs are still read to their end
    await lines;
    enough.abort();
  }).finally(reporting.end);

  for (const run of live) refresh(where, run, views, context);
  const backs = new Map(runs.map(({ id }, i) => [id, parseStepRef(steps[i] ?? '')?.back ?? 0]));
  const found = [...views].map(([id, view]) => ({
    ...withLastLinesIfAttention(view),
    ...(backs.get(id) && { back: backs.get(id) }),
  }));
  const answers = await withBreakers(where, found, context, configOf);
  markSeenAfterAnswer(answers, where, context);
  const killed = answers.filter(({ outcome }) => WERE_ENDED.has(outcome));
  const inner =
    killed.length === 0 ? undefined : (await import('../runs/inner-runs.ts')).innerRuns(where, killed, input.dir, BY);
  const ownNotes = answers.every(isLive) ? [] : (await import('../runs/output-notes.ts')).notesAbout(answers);
  const over = new Set(answers.filter((view) => !isLive(view)).map(({ id }) => id));
  const needy = runs.filter(({ id, needs }) => needs !== undefined && over.has(id));
  const needs = needy.length === 0 ? undefined : await needsOf(where, needy, input, context);
  const notes = [...ownNotes, ...(needs?.notes ?? []), ...(inner?.notes ?? [])];
  return {
    runs: answers.map((view) => withoutLine(view, input.forLine)),
    ...(notes.length > 0 && { notes }),
    ...(answers.some(isLive) && !isEnough() && !context.signal.aborted && { budgetOver: true }),
    next: [...(needs?.next ?? []), ...(await nextCallsForAll(answers, input.dir, context)), ...(inner?.next ?? [])],
  };
}

/** The ending is told first where a frontend can do something after its answer. A resident, where there is one, is often quicker. */
async function needsOf(where: string, runs: readonly RunRecord[], input: WaitInput, context: Context) {
  const { endedNeeds } = await import('../sets/ended-needs.ts');
  return endedNeeds(where, runs, input.dir, context, { by: BY, isLater: true });
}

/** Endings that somebody ordered: what such a run had started by pm goes on. */
const WERE_ENDED: ReadonlySet<RunView['outcome']> = new Set(['timeout', 'hung', 'cancelled']);

/** A job that fails often writes its last line just before. After the awaited line, its end is awaited for this long. */
const SETTLE_MS = 250;

/** Who judges the runs meanwhile, for the endings and events that are written. */
export const BY: string = `pm wait ${process.pid}`;

/** Looks at a live run again, because the last look may be old. After the answer, its condition is marked as reported. */
function refresh(where: string, run: RunRecord, views: Map<string, RunView>, { answered }: Context): void {
  const view = views.get(run.id);
  if (view === undefined || !isLive(view) || view.lineSeen !== undefined) return;
  const { attention, evidence } = view;
  const now = viewNow(where, run, BY);
  views.set(run.id, attention === undefined || !isLive(now) ? now : { ...now, attention, evidence });
  if (attention !== undefined) answered?.(() => markNotified(where, run.id, attention));
}

/** Adds the text that was waited for, if the run has ended and its log does not contain it. */
function withoutLine(view: RunView, text: string | undefined): RunView {
  return text === undefined || view.state !== 'ended' || view.lineSeen !== undefined
    ? view
    : { ...view, lineMissing: text };
}

function isKnownLive(view: RunView | undefined): boolean {
  return view !== undefined && isLive(view);
}
