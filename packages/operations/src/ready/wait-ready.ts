import type { CheckSpec } from '@pm/preflight';
import type { RunRecord } from '@pm/protocol';
import { presentIn, readReadiness, readRunRecord } from '@pm/protocol/fs';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { findQueued } from '../runs/find-run.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Answer, RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';
import { whileWaiting } from '../wait/while-waiting.ts';
import { withinBudget } from '../wait/within-budget.ts';
import { answerAfterWait } from './ready-answer.ts';
import { type FirstOf, untilReadyOrEnded } from './ready-or-ended.ts';

// Why: contributing/decisions/2026-11-29-ready-is-a-check-that-passes.md
/** How long to wait until a run is ready, unless its start or this call says something else. */
const TIMEOUT_MS = 60_000;
/** A run that was ready and is asked again gets this long, because a server may be loading its own changes just now. */
const AGAIN_MS = 5_000;

/** What a call says about a wait until its run is ready. Times in ms. */
export interface ReadyWait {
  readonly dir?: string | undefined;
  /** The checks that the call names; absent: those of the run. */
  readonly ready?: readonly CheckSpec[] | undefined;
  readonly readyTimeout?: number | undefined;
  /** The longest time of the whole call, such as that of a client. */
  readonly budget?: number | undefined;
}

/**
 * Completes the answer to a start: waits until its run is ready, or has ended, or it takes too long. Then the run goes on. A run in a queue
 * gets its turn first, which takes as long as it takes.
 * @param started one run that is live or waits for its turn; any other answer is returned as it is
 */
export async function waitReady(
  where: string,
  started: Answer,
  asked: ReadyWait,
  context: Context,
  configOf: () => Promise<Config | undefined>,
): Promise<Answer> {
  const [view] = started.runs;
  if (view?.id === undefined || started.refusal !== undefined) return started;
  if (!isLive(view)) return alreadyOver(where, view, started);
  const beganMs = performance.now();
  const begun = await begunRun(where, view, asked, context);
  if (begun === undefined) return { ...started, ...(!context.signal.aborted && { budgetOver: true }) };
  const { run, checks } = checksFor(begun, asked, await configOf());
  if ((checks ?? run.ready ?? []).length === 0) return withoutChecks(where, run, started);
  const wasReady = checks === undefined && readReadiness(where, run).ready !== undefined;
  const timeoutMs = asked.readyTimeout ?? run.readyTimeoutMs ?? TIMEOUT_MS;
  const usualMs = wasReady ? Math.min(AGAIN_MS, timeoutMs) : timeoutMs;
  const leftMs = Math.max((asked.budget ?? Number.POSITIVE_INFINITY) - (performance.now() - beganMs), 1);
  const patienceMs = Math.min(usualMs, leftMs);
  let first: FirstOf = { kind: 'late' };
  await whileWaiting(where, [run], () =>
    withinBudget(patienceMs, context.signal, async (signal) => {
      first = await untilReadyOrEnded(where, run, { checks, signal, by: BY }, context);
    }),
  );
  const isCut = leftMs < usualMs;
  const wait = { where, run, started, first, wasReady, isCut, patienceMs, named: asked.dir, by: BY };
  return answerAfterWait(wait, context, configOf);
}

const BY = `pm ensure ${process.pid}`;

/** The run itself, after its turn has come; undefined if the signal or the budget came first. */
async function begunRun(
  where: string,
  { step, id = '', state }: RunView,
  { budget }: ReadyWait,
  context: Context,
): Promise<RunRecord | undefined> {
  const queued = state === 'queued' ? findQueued(where, step) : undefined;
  if (queued !== undefined) {
    const { untilTurn } = await import('../turn/until-turn.ts');
    await withinBudget(budget, context.signal, async (signal) => {
      await untilTurn(where, [queued], { ...context, signal });
    });
    if (findQueued(where, step)?.id === id) return undefined;
  }
  return presentIn(readRunRecord(where, id));
}

/** A short command may have ended before the first look at it. */
function alreadyOver(where: string, view: RunView, started: Answer): Answer {
  const run = presentIn(readRunRecord(where, view.id ?? ''));
  return run?.ready === undefined ? started : { ...started, runs: [{ ...view, ready: false }] };
}

/**
 * The checks that are not those of the run: of the call, or of its step in pm.config.json if the run has none, because it was adopted or is
 * older than they are.
 * @returns also the run, with the port of its step for `{port}` in such checks
 */
function checksFor(
  run: RunRecord,
  asked: ReadyWait,
  config: Config | undefined,
): { readonly run: RunRecord; readonly checks: readonly CheckSpec[] | undefined } {
  if (asked.ready !== undefined || run.ready !== undefined)
    return { run, checks: hasSameChecks(asked.ready, run) ? undefined : asked.ready };
  const { ready, port: configured } = config?.steps?.[run.step] ?? {};
  const port = run.port ?? (typeof configured === 'number' ? configured : undefined);
  // Which port an adopted process was given is not known.
  if (port === undefined) return { run, checks: ready?.filter((spec) => !JSON.stringify(spec).includes('{port}')) };
  return { run: { ...run, port }, checks: ready };
}

function hasSameChecks(asked: readonly CheckSpec[] | undefined, run: RunRecord): boolean {
  return asked === undefined || JSON.stringify(asked) === JSON.stringify(run.ready);
}

/** Nothing says when it is ready, so the answer can only say that it is live. */
function withoutChecks(where: string, run: RunRecord, started: Answer): Answer {
  const note = `${run.step} has no ready checks, so pm knows only that it is running; add one with --ready, such as --ready tcp:3000`;
  return { ...started, runs: [viewNow(where, run, BY)], notes: [...(started.notes ?? []), note] };
}
