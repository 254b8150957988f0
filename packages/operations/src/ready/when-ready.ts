import type { CheckSpec } from '@pm/preflight';
import { PmError, type RunRecord } from '@pm/protocol';
import { presentIn, readReadiness, readRunRecord } from '@pm/protocol/fs';
import { roughDuration } from '@pm/protocol/text';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { findQueued } from '../runs/find-run.ts';
import { isLive, withLastLines } from '../runs/outcome-view.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Answer, Next, RunView } from '../shape/answer.ts';
import { waitFor } from '../wait/wait-for.ts';
import { whileWaiting } from '../wait/while-waiting.ts';
import { withinBudget } from '../wait/within-budget.ts';
import { awaitReady, type FirstOf } from './await-ready.ts';

// Why: contributing/decisions/2026-11-29-ready-is-a-check-that-passes.md
/** How long to wait until a run is ready, unless its start or this call says something else. */
const TIMEOUT_MS = 60_000;
/** A run that was ready and is asked again gets this long, because a server may be loading its own changes just now. */
const AGAIN_MS = 5_000;

export interface WhenReady {
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
export async function whenReady(
  where: string,
  started: Answer,
  asked: WhenReady,
  context: Context,
  configOf?: () => Promise<Config | undefined>,
): Promise<Answer> {
  const [view] = started.runs;
  if (view?.id === undefined || started.refusal !== undefined) return started;
  if (!isLive(view)) return alreadyOver(where, view, started);
  const beganMs = performance.now();
  const run = await begunRun(where, view, asked, context);
  if (run === undefined) return { ...started, ...(!context.signal.aborted && { budgetOver: true }) };
  const checks = hasSameChecks(asked.ready, run) ? undefined : asked.ready;
  if ((checks ?? run.ready ?? []).length === 0) return withoutChecks(where, run, started);
  const wasReady = checks === undefined && readReadiness(where, run).ready !== undefined;
  const timeoutMs = asked.readyTimeout ?? run.readyTimeoutMs ?? TIMEOUT_MS;
  const patienceMs = wasReady ? Math.min(AGAIN_MS, timeoutMs) : timeoutMs;
  const leftMs = Math.max((asked.budget ?? Number.POSITIVE_INFINITY) - (performance.now() - beganMs), 1);
  let first: FirstOf = { kind: 'late' };
  await whileWaiting(where, [run], () =>
    withinBudget(Math.min(patienceMs, leftMs), context.signal, async (signal) => {
      first = await awaitReady(where, run, { checks, signal, by: BY }, context);
    }),
  );
  return answerOf(
    where,
    run,
    started,
    { first, wasReady, isCut: leftMs < patienceMs, patienceMs, asked },
    context,
    configOf,
  );
}

const BY = `pm ensure ${process.pid}`;

/** The run itself, after its turn has come; undefined if the signal or the budget came first. */
async function begunRun(
  where: string,
  { step, id = '', state }: RunView,
  { budget }: WhenReady,
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

function hasSameChecks(asked: readonly CheckSpec[] | undefined, run: RunRecord): boolean {
  return asked === undefined || JSON.stringify(asked) === JSON.stringify(run.ready);
}

/** Nothing says when it is ready, so that it lives is all that can be told. */
function withoutChecks(where: string, run: RunRecord, started: Answer): Answer {
  const note = `${run.step} has no ready checks, so nothing is known but that it runs; --ready names one, such as tcp:3000`;
  return { ...started, runs: [viewNow(where, run, BY)], notes: [...(started.notes ?? []), note] };
}

interface Waited {
  readonly first: FirstOf;
  readonly wasReady: boolean;
  /** It was the budget of the call that ended the wait. */
  readonly isCut: boolean;
  readonly patienceMs: number;
  readonly asked: WhenReady;
}

async function answerOf(
  where: string,
  run: RunRecord,
  started: Answer,
  { first, wasReady, isCut, patienceMs, asked: { dir } }: Waited,
  context: Context,
  configOf?: () => Promise<Config | undefined>,
): Promise<Answer> {
  const place = dir === undefined ? {} : { dir };
  const { alreadyRunning, notes = [] } = started;
  const kept = { ...(alreadyRunning === true && { alreadyRunning }) };
  // It may have ended just after it was ready.
  const view = first.kind === 'ended' ? undefined : viewNow(where, run, BY);
  if (first.kind === 'ended' || view === undefined || view.state === 'ended') {
    const ended = await waitFor(where, [run], { dir }, context, configOf);
    const seen = first.kind === 'ready' ? 'it ended as soon as it was ready' : first.evidence;
    const why = seen === undefined ? {} : { readyEvidence: seen };
    const all = [...notes, ...(ended.notes ?? [])];
    return {
      ...ended,
      ...kept,
      runs: ended.runs.map((view) => (view.state === 'ended' && !wasReady ? { ...view, ready: false, ...why } : view)),
      ...(all.length > 0 && { notes: all }),
    };
  }
  const more = notes.length > 0 ? { notes } : {};
  const stop: Next = { operation: 'stop', input: { steps: [run.step], ...place }, why: 'end it' };
  if (first.kind === 'ready') {
    const { at, evidence } = first.ready;
    const isReady = { ready: true, readyEvidence: evidence, readyMs: view.readyMs ?? Math.max(at - view.startedAt, 0) };
    return { ...kept, ...more, runs: [{ ...view, ...isReady }], next: [stop] };
  }
  const evidence = first.evidence ?? `no answer within ${roughDuration(patienceMs)}`;
  const now = { ready: false, readyEvidence: wasReady ? `it was ready, and is not any more: ${evidence}` : evidence };
  const again: Next = { operation: 'ensure', input: { step: run.step, ...place }, why: 'wait until it is ready' };
  const look: Next = { operation: 'logs', input: { step: run.step, ...place }, why: 'see its last output' };
  return {
    ...kept,
    ...more,
    runs: [withLastLines({ ...view, ...now })],
    ...(isCut && !context.signal.aborted && { budgetOver: true }),
    next: [again, look, stop],
  };
}

/** @throws PmError `usage` if a start shall wait until its run is ready, and nothing says when that is */
export function requireReadyChecks(step: string, ready: readonly CheckSpec[] | undefined): void {
  if (ready !== undefined && ready.length > 0) return;
  const message = `--wait-ready: ${step} has no ready checks, so nothing says when it is ready.`;
  throw new PmError(
    'usage',
    message,
    'Add one: --ready tcp:3000, --ready http:URL, --ready line:TEXT. Nothing was started.',
  );
}
