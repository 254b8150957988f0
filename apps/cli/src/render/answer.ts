import type { Answer, RunView } from '@pm/operations';
import type { VerbCall } from '../call/verb-call.ts';
import { oneLine } from '../text/plain-text.ts';
import { type Part, paint, type RenderedText, type Style } from '../text/style.ts';
import { breakerLines, breakerOfRun, refusedBreakerLines } from './breaker.ts';
import { tailLines } from './log.ts';
import { nextCall } from './next-call.ts';
import { findingLines } from './preflight.ts';
import { pruneLines } from './prune.ts';
import { runDetails } from './run-details.ts';
import { logOf } from './run-fields.ts';
import { alreadyRunningParts, endedParts, extendedParts, liveParts, startedParts } from './run-line.ts';
import { runTable } from './run-table.ts';

export { plain } from '../text/plain-text.ts';
export { renderLog } from './log.ts';
export { renderPreflight } from './preflight.ts';
export { liveLine, transitionLine } from './run-line.ts';

/** All that turns answers into text. */
export type Rendering = typeof import('./answer.ts');

/** An answer as text: one line per run, what is needed to act on a failure, and the next call. */
export function renderAnswer(call: VerbCall, answer: Answer, style: Style, endedBy?: string): RenderedText {
  const unreadable = (answer.malformed ?? []).map((sentence) => `unreadable: ${oneLine(sentence)}`);
  const amiss = findingLines(
    (answer.findings ?? []).filter(({ state }) => state === 'fail'),
    style,
  );
  const ours = [
    ...refusalLines(answer),
    ...amiss,
    ...refusedBreakerLines(answer, style),
    ...interruptionLines(answer, call, endedBy),
  ];
  const notes = (answer.notes ?? []).map((note) => `note: ${oneLine(note)}`);
  const lines = [...bodyLines(call, answer, style), ...unreadable, ...notes, ...nextLines(call, answer, style)];
  // What `run` prints on stdout is its command's alone, and a refusal is no answer to what was asked.
  if (call.verb === 'run' || answer.refusal !== undefined) return { out: '', err: marked([...ours, ...lines]) };
  return { out: lines.map((line) => `${line}\n`).join(''), err: marked(ours) };
}

/** The line that tells of a start while its ending is still waited for. */
export function startedLine(run: RunView, style: Style): string {
  return paint(startedParts(run, style), style);
}

/** The line that tells how a run stands while it is attended. */
export function attendedLine(run: RunView, style: Style): string {
  return paint(liveParts(run, style), style);
}

function refusalLines({ refusal }: Answer): string[] {
  return refusal === undefined ? [] : [`refused (${refusal.kind}): ${oneLine(refusal.message)}`];
}

function interruptionLines({ runs }: Answer, { verb }: VerbCall, endedBy: string | undefined): string[] {
  const goesOn = endedBy !== undefined && verb !== 'run' && runs.some(({ state }) => state !== 'ended');
  return goesOn ? [`${endedBy} ended only the waiting; the job goes on`] : [];
}

function bodyLines(call: VerbCall, answer: Answer, style: Style): string[] {
  if (call.verb === 'watch') return []; // told line by line
  if (call.verb === 'breaker') return breakerLines(answer, style);
  if (call.verb === 'ls') return runTable(answer.runs, style);
  if (call.verb === 'status') return answer.runs.flatMap((run) => runDetails(run, style));
  if (answer.pruned !== undefined) return pruneLines(answer.pruned);
  const isWhole = answer.malformed === undefined;
  if (call.verb === 'wait' && answer.runs.length === 0)
    return [isWhole ? 'no live runs' : 'no live run that can be read'];
  if (call.verb === 'recover' && answer.runs.length === 0)
    return [`nothing to recover${isWhole ? '' : ' of what can be read'}: no run is live, every ending was told`];
  return answer.runs.flatMap((run) =>
    run.state === 'ended'
      ? endingLines(call, run, style)
      : [paint(aliveParts(call, answer, run, style), style) + inlineNext(call, answer, style)],
  );
}

function aliveParts({ verb, input: { wait } }: VerbCall, answer: Answer, run: RunView, style: Style): Part[] {
  if (verb === 'extend' && answer.refusal === undefined) return extendedParts(run, style);
  const isOver = answer.budgetOver === true || run.attention !== undefined || wait === true;
  if (answer.alreadyRunning === true && !isOver) return alreadyRunningParts(run, style);
  return verb !== 'start' || answer.refusal !== undefined || isOver ? liveParts(run, style) : startedParts(run, style);
}

function endingLines({ verb }: VerbCall, run: RunView, style: Style): string[] {
  const head = paint(endedParts(run, style), style);
  if (run.outcome === 'success' || verb === 'stop') return [head];
  const advice = [run.advice && `advice: ${run.advice}`, logOf(run)].filter(Boolean).join(' · ');
  // What `run` followed has been seen.
  const breaker = breakerOfRun(run, style) ?? '';
  return [head, ...(verb === 'run' ? [] : tailLines(run.tail)), ...[advice, breaker].filter(Boolean)];
}

/** A single run that simply goes on gets its next call on its own line; one that wants a decision gets all of them below. */
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
  if (verb === 'ls') return []; // a table for people says it by its glyphs
  const isListed = verb === 'status' || verb === 'run';
  if (!isListed && hasInlineNext(answer)) return [];
  return answer.next.map((next) => {
    const why = next.why === '' ? '' : ` (${oneLine(next.why)})`;
    return `next: ${nextCall(next, style.invocation)}${why}`;
  });
}

/** Our own words beside a job's: marked, so that neither can be taken for the other. */
function marked(lines: readonly string[]): string {
  return lines.map((line) => `pm: ${line}\n`).join('');
}
