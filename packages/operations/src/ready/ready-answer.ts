import type { ReadyRecord, RunRecord } from '@pm/protocol';
import { roughDuration } from '@pm/protocol/text';
import type { Config } from '../config/config.ts';
import type { Context } from '../project/context.ts';
import { withLastLines } from '../runs/outcome-view.ts';
import { viewNow } from '../runs/run-view.ts';
import type { Answer, Next, RunView } from '../shape/answer.ts';
import { waitFor } from '../wait/wait-for.ts';
import type { FirstOf } from './ready-or-ended.ts';

/** A wait until a run is ready, after it is over. */
interface ReadyWaitOver {
  readonly where: string;
  readonly run: RunRecord;
  /** The answer to the start, which this wait completes. */
  readonly started: Answer;
  readonly first: FirstOf;
  /** It was ready on record before the wait. */
  readonly wasReady: boolean;
  /** The budget of the call ended the wait. */
  readonly isCut: boolean;
  /** How long it was waited for at most. */
  readonly patienceMs: number;
  /** The directory as the caller named it. */
  readonly named: string | undefined;
  readonly by: string;
}

/** The answer after a wait until a run is ready: it is, it has ended, or it is not ready yet. */
export async function answerAfterWait(
  wait: ReadyWaitOver,
  context: Context,
  configOf: () => Promise<Config | undefined>,
): Promise<Answer> {
  const { where, run, first, by } = wait;
  if (first.kind === 'ended') return endedAnswer(wait, first.evidence, context, configOf);
  const view = viewNow(where, run, by);
  const hasEnded = view.state === 'ended';
  if (first.kind === 'late')
    return hasEnded ? endedAnswer(wait, first.evidence, context, configOf) : lateAnswer(wait, view, first, context);
  if (hasEnded) return endedAnswer(wait, 'it ended as soon as it was ready', context, configOf);
  return readyAnswer(wait, view, first.ready);
}

async function endedAnswer(
  { where, run, started, wasReady, named }: ReadyWaitOver,
  evidence: string | undefined,
  context: Context,
  configOf: () => Promise<Config | undefined>,
): Promise<Answer> {
  const ended = await waitFor(where, [run], { dir: named }, context, configOf);
  const unready = { ready: false, ...(evidence !== undefined && { readyEvidence: evidence }) };
  return {
    ...ended,
    ...keptOf(started, ended.notes),
    runs: ended.runs.map((view) => (view.state === 'ended' && !wasReady ? { ...view, ...unready } : view)),
  };
}

function readyAnswer(wait: ReadyWaitOver, view: RunView, { at, evidence }: ReadyRecord): Answer {
  const readyMs = view.readyMs ?? Math.max(at - view.startedAt, 0);
  return {
    ...keptOf(wait.started),
    runs: [{ ...view, ready: true, readyEvidence: evidence, readyMs }],
    next: [callOf('stop', wait, 'end it')],
  };
}

/** The run goes on. */
function lateAnswer(
  wait: ReadyWaitOver,
  view: RunView,
  seen: { readonly evidence?: string },
  context: Context,
): Answer {
  const now = seen.evidence === undefined ? '' : `, and is not now: ${seen.evidence}`;
  const unasked = `no answer within ${roughDuration(wait.patienceMs)}`;
  const readyEvidence = wait.wasReady ? `it was ready before${now || `; ${unasked}`}` : (seen.evidence ?? unasked);
  return {
    ...keptOf(wait.started),
    runs: [withLastLines({ ...view, ready: false, readyEvidence })],
    ...(wait.isCut && !context.signal.aborted && { budgetOver: true }),
    next: [
      callOf('ensure', wait, 'wait until it is ready'),
      callOf('logs', wait, 'see its last output'),
      callOf('stop', wait, 'end it'),
    ],
  };
}

/** What the answer to the start has said besides the run. */
function keptOf({ alreadyRunning, notes = [] }: Answer, more: readonly string[] = []): Partial<Answer> {
  const all = [...notes, ...more];
  return { ...(alreadyRunning === true && { alreadyRunning }), ...(all.length > 0 && { notes: all }) };
}

function callOf(operation: 'ensure' | 'logs' | 'stop', { run: { step }, named }: ReadyWaitOver, why: string): Next {
  const place = named === undefined ? {} : { dir: named };
  return { operation, input: { ...(operation === 'stop' ? { steps: [step] } : { step }), ...place }, why };
}
