import type { Answer, RunView } from '@pm/operations';
import type { VerbCall } from '../call/verb-call.ts';
import { oneLine } from '../text/plain-text.ts';
import { type Part, paint, type RenderedText, type Style } from '../text/style.ts';
import { batchSummary } from './batch.ts';
import { breakerLines, breakerOfRun, refusedBreakerLines } from './breaker.ts';
import { holderLines } from './holders.ts';
import { tailLines } from './log.ts';
import { nextCall } from './next-call.ts';
import { findingLines } from './preflight.ts';
import { pruneLines } from './prune.ts';
import { queueLines } from './queue.ts';
import { runDetails } from './run-details.ts';
import { goneOf, logOf } from './run-fields.ts';
import {
  adoptedParts,
  alreadyQueuedParts,
  alreadyRunningParts,
  endedParts,
  extendedParts,
  liveParts,
  queuedParts,
  readyParts,
  startedParts,
  unreadyParts,
} from './run-line.ts';
import { cutLine, runTable } from './run-table.ts';

export { plain } from '../text/plain-text.ts';
export { batchEndingLine, batchTable } from './batch.ts';
export { renderLog } from './log.ts';
export { renderPreflight } from './preflight.ts';
export { liveLine, transitionLine } from './run-line.ts';

/** The functions that turn answers into text, loaded together. */
export type Rendering = typeof import('./answer.ts');

/** An answer as text: one line per run, the facts about a failure, and the next calls. */
export function renderAnswer(call: VerbCall, answer: Answer, style: Style, endedBy?: string): RenderedText {
  const failedChecks = findingLines(
    (answer.findings ?? []).filter(({ state }) => state === 'fail'),
    style,
  );
  const messages = [
    ...refusalLines(answer),
    ...failedChecks,
    ...refusedBreakerLines(answer, style),
    ...interruptionLines(answer, call, endedBy),
  ];
  const notes = (answer.notes ?? []).map((note) => `note: ${oneLine(note)}`);
  const lines = [
    ...bodyLines(call, answer, style),
    ...unreadableLines(answer),
    ...notes,
    ...nextLines(call, answer, style),
  ];
  // stdout of `run` belongs to its command. A refusal goes to stderr, as an error does.
  if (call.verb === 'run' || answer.refusal !== undefined) return { out: '', err: withPrefix([...messages, ...lines]) };
  return { out: lines.map((line) => `${line}\n`).join(''), err: withPrefix(messages) };
}

/** The list of `ls` alone, without calls and messages: what a screen shows again and again. */
export function listLines(call: VerbCall, answer: Answer, style: Style): string[] {
  return [...bodyLines(call, answer, style), ...unreadableLines(answer)];
}

/** All awaited runs, for the place on a terminal that is drawn anew. */
export function awaitedLines(runs: readonly RunView[], style: Style): string[] {
  return runTable(runs, style);
}

/** The line about a start, printed while the end of the run is still awaited. */
export function startedLine(run: RunView, style: Style): string {
  return paint(run.state === 'queued' ? queuedParts(run, style) : startedParts(run, style), style);
}

/** The line about a run that is still running. */
export function liveRunLine(run: RunView, style: Style): string {
  return paint(liveParts(run, style), style);
}

function unreadableLines({ malformed = [] }: Answer): string[] {
  return malformed.map((sentence) => `unreadable: ${oneLine(sentence)}`);
}

function refusalLines({ refusal }: Answer): string[] {
  return refusal === undefined ? [] : [`refused (${refusal.kind}): ${oneLine(refusal.message)}`];
}

function interruptionLines({ runs, batch }: Answer, { verb }: VerbCall, endedBy: string | undefined): string[] {
  if (batch?.left !== undefined && endedBy !== undefined)
    return [`${endedBy} ended pm batch; its runs in the queue go on`];
  const goesOn =
    endedBy !== undefined && verb !== 'run' && verb !== 'ls' && runs.some(({ state }) => state !== 'ended');
  return goesOn ? [`${endedBy} ended only the wait; the job goes on`] : [];
}

function bodyLines(call: VerbCall, answer: Answer, style: Style): string[] {
  if (call.verb === 'watch') return []; // printed line by line as it happens
  if (answer.batch !== undefined) return [batchSummary(answer.batch, style)];
  if (call.verb === 'who') return holderLines(call, answer);
  if (call.verb === 'breaker') return breakerLines(answer, style);
  if (answer.queues !== undefined)
    return [...queueLines(answer.queues, style), ...answer.runs.map((run) => paint(endedParts(run, style), style))];
  if (call.verb === 'ls') return [...runTable(answer.runs, style), ...cutLine(answer, style)];
  if (call.verb === 'status') return answer.runs.flatMap((run) => runDetails(run, style));
  if (answer.pruned !== undefined) return pruneLines(answer.pruned);
  const isWhole = answer.malformed === undefined;
  if (call.verb === 'wait' && answer.runs.length === 0) return [isWhole ? 'no live runs' : 'no live run can be read'];
  if (call.verb === 'down' && answer.runs.length === 0)
    return [isWhole ? 'nothing runs or waits here' : 'nothing that can be read runs or waits here'];
  if (call.verb === 'recover' && answer.runs.length === 0)
    return [
      `nothing to recover${isWhole ? '' : ' in the readable records'}: no run is live, and every result was reported`,
    ];
  return answer.runs.flatMap((run) =>
    run.state === 'ended'
      ? endingLines(call, answer, run, style)
      : [
          paint(liveRunParts(call, answer, run, style), style) + inlineNext(call, answer, style),
          ...tailLines(run.tail),
        ],
  );
}

function liveRunParts(
  { verb, input: { wait, waitReady } }: VerbCall,
  answer: Answer,
  run: RunView,
  style: Style,
): Part[] {
  if (run.state === 'queued')
    return answer.alreadyRunning === true ? alreadyQueuedParts(run, style) : queuedParts(run, style);
  const isAsked = verb === 'up' || ((verb === 'ensure' || waitReady === true) && answer.refusal === undefined);
  if (isAsked && run.ready !== undefined)
    return run.ready ? readyParts(run, answer.alreadyRunning !== true, style) : unreadyParts(run, style);
  if (verb === 'extend' && answer.refusal === undefined) return extendedParts(run, style);
  if (verb === 'adopt' && answer.refusal === undefined)
    return adoptedParts(run, answer.alreadyRunning === true ? 'adopted already' : 'adopted', style);
  const isOver = answer.budgetOver === true || run.attention !== undefined || wait === true;
  if (answer.alreadyRunning === true && !isOver) return alreadyRunningParts(run, style);
  return (verb !== 'start' && verb !== 'ensure') || answer.refusal !== undefined || isOver
    ? liveParts(run, style)
    : startedParts(run, style);
}

function endingLines({ verb }: VerbCall, { refusal }: Answer, run: RunView, style: Style): string[] {
  const head = paint(endedParts(run, style), style);
  if (verb === 'down') return [[head, ...goneOf(run)].join(' · ')];
  if (run.outcome === 'success' || verb === 'stop') return [head];
  const advice = [run.advice && `advice: ${run.advice}`, logOf(run)].filter(Boolean).join(' · ');
  // `run` has already shown the output of its own run, but not that of a service which the run needs.
  const breaker = breakerOfRun(run, style) ?? '';
  return [
    head,
    ...(verb === 'run' && refusal === undefined ? [] : tailLines(run.tail)),
    ...[advice, breaker].filter(Boolean),
  ];
}

/** One run that goes on without trouble has its next call on the same line. One that needs a decision has its calls below. */
function hasInlineNext({ runs, next, refusal }: Answer): boolean {
  const [run, ...others] = runs;
  const goesOn = run !== undefined && others.length === 0 && run.state !== 'ended' && run.state !== 'malformed';
  return goesOn && run.attention === undefined && refusal === undefined && next.length > 0;
}

function inlineNext({ verb }: VerbCall, answer: Answer, style: Style): string {
  const [first] = answer.next;
  return first !== undefined && verb !== 'run' && hasInlineNext(answer)
    ? ` · next: ${nextCall(first, style.invocation)}`
    : '';
}

function nextLines({ verb }: VerbCall, answer: Answer, style: Style): string[] {
  if (verb === 'ls') return []; // the table shows it by its glyphs
  const isListed = verb === 'status' || verb === 'run' || verb === 'who';
  if (!isListed && hasInlineNext(answer)) return [];
  return answer.next.map((next) => {
    const why = next.why === '' ? '' : ` (${oneLine(next.why)})`;
    return `next: ${nextCall(next, style.invocation)}${why}`;
  });
}

/** Marks pm's own lines, because a job's output may be beside them. */
function withPrefix(lines: readonly string[]): string {
  return lines.map((line) => `pm: ${line}\n`).join('');
}
