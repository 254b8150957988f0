import type { Answer, RunView } from '@pm/operations';
import { type NextToolCall, nextToolCalls } from '../tools/to-tool-calls.ts';
import { TOOLS, type Tool, type ToolName } from '../tools/tools.ts';
import { firstWithin, jsonBytes, shorten } from './shorten.ts';
import { type StructuredContent, structuredFullRun, structuredListedRun, structuredRun } from './structured-run.ts';
import { visibleValue } from './visible-text.ts';

/** Bytes of JSON for a successful run: nobody needs the details. */
const SUCCESS_BYTES = 400;
/** For any other answer about one run. */
const RUN_BYTES = 2_000;
/** For several runs together, and the part of it for calls and notes. */
const LIST_BYTES = 8_000;
const ABOUT_BYTES = 2_500;
/** The most runs that `ls_runs` shows. */
const MOST_RUNS = 20;
/** The largest result that `show_status` shows whole. */
const RESULT_BYTES = 1_400;

/**
 * An answer as `structuredContent`, which is all that some hosts show a model. The facts of one run are fields of the object itself; several
 * runs are in `runs`. There is always `advice` or a `next` call.
 * @param dir the directory that the call named, for a suggested call about the same directory
 */
export function structuredAnswer(name: ToolName, answer: Answer, dir?: string): Record<string, unknown> {
  const { answers }: Tool = TOOLS[name];
  const [first] = answer.runs;
  const [breaker] = answer.breakers ?? [];
  const about = visibleValue(aboutAll(answer)) as StructuredContent;
  if (breaker !== undefined)
    return shorten(withAdvice({ ...(visibleValue(breaker) as StructuredContent), ...about }, answer), RUN_BYTES);
  if (answers !== 'list' && answer.runs.length === 1 && first !== undefined)
    return structuredSingleRun(name, first, withAdvice(about, answer), dir);
  return withAdvice(listed(answer, answers === 'list', about, dir), answer);
}

/** One run. If a success does not fit, `next` names the call that shows the rest. */
function structuredSingleRun(
  name: ToolName,
  run: RunView,
  about: StructuredContent,
  dir: string | undefined,
): StructuredContent {
  const isStatus = TOOLS[name].operation === 'status';
  const facts = {
    ...(visibleValue(isStatus ? structuredFullRun(run) : structuredRun(run)) as StructuredContent),
    ...about,
  };
  const resultCall = callForResult(run, dir);
  const isShort = jsonBytes(run.result ?? '') <= RESULT_BYTES;
  if (isStatus) return shorten(facts, RUN_BYTES, { keepResult: run.outcome === 'success' && isShort, resultCall });
  const isNoted =
    facts['notes'] !== undefined ||
    facts['holders'] !== undefined ||
    run.outcome !== 'success' ||
    facts['survivors'] !== undefined;
  if (isNoted || jsonBytes(facts) <= SUCCESS_BYTES) return shorten(facts, RUN_BYTES, { resultCall });
  const more = isShort ? { ...callFor('show_status', run, dir), why: 'show all details' } : resultCall;
  const told = shorten({ ...facts, next: [more] }, SUCCESS_BYTES);
  return told['next'] === undefined ? shorten({ ...facts, next: [more] }, RUN_BYTES) : told; // it names a long path
}

/** The call that returns the whole result of a run. */
function callForResult(run: RunView, dir: string | undefined): NextToolCall {
  return { ...callFor('read_logs', run, dir, { result: true }), why: 'show its result' };
}

function callFor(tool: ToolName, run: RunView, named: string | undefined, more: object = {}) {
  const { step, back, dir = named } = run;
  const ref = back === undefined ? step : `${step}~${back}`;
  return { tool, arguments: { step: ref, ...more, ...(dir !== undefined && { dir }) } };
}

/** The fields about the answer as a whole. */
function aboutAll({ alreadyRunning, budgetOver, holders, notes, malformed, next }: Answer): StructuredContent {
  const calls = firstWithin(nextToolCalls(next), ABOUT_BYTES / 2);
  return {
    ...(alreadyRunning === true && { alreadyRunning }),
    ...(budgetOver === true && { budgetOver }),
    ...(holders !== undefined && { holders }),
    ...(notes !== undefined && { notes }),
    ...(malformed !== undefined && { malformed }),
    ...(calls.length > 0 && { next: calls satisfies NextToolCall[] }),
  };
}

/** Several runs. Each may use its share of the space and what earlier runs left of theirs, so that as many runs as possible are shown. */
function listed(
  { runs, total = runs.length }: Answer,
  isShort: boolean,
  said: StructuredContent,
  dir: string | undefined,
): StructuredContent {
  const about = shorten(said, ABOUT_BYTES);
  const wanted = isShort ? runs.slice(0, MOST_RUNS) : runs;
  const shown: StructuredContent[] = [];
  let room = LIST_BYTES - jsonBytes(about) - 100; // space for the other field names and the advice
  for (const [i, run] of wanted.entries()) {
    const isEnding = run.state === 'ended' && (!isShort || run.unseen === true) && run.outcome !== 'success';
    const facts = visibleValue(isEnding ? structuredRun(run) : structuredListedRun(run)) as StructuredContent;
    const share = Math.min(RUN_BYTES, Math.floor(room / (wanted.length - i)) - 1);
    const fit = shorten(facts, share, { resultCall: callForResult(run, dir) });
    if (jsonBytes(fit) + 1 > room) break;
    room -= jsonBytes(fit) + 1;
    shown.push(fit);
  }
  const omitted = total - shown.length;
  return { runs: shown, ...(omitted > 0 && { omitted }), ...about };
}

/** Adds the most severe advice of the runs. Without any advice or call it is `proceed`. */
function withAdvice(facts: StructuredContent, { runs, malformed }: Answer): StructuredContent {
  const worst = mostSevereAdvice(runs);
  const isUnreadable = malformed !== undefined || runs.some(({ state }) => state === 'malformed');
  const advice = worst !== undefined && worst !== 'proceed' ? worst : isUnreadable ? 'fix' : worst;
  if (advice !== undefined && (advice !== 'proceed' || facts['next'] === undefined)) return { ...facts, advice };
  return facts['next'] === undefined ? { ...facts, advice: 'proceed' } : facts;
}

/** `abort` first: to go on after a stop or an open breaker only repeats the failure. Then what needs a fix, then what needs time. */
const WORST_FIRST = ['abort', 'fix', 'raise-limit', 'retry', 'proceed'] as const;

/** The most severe advice of several runs; undefined if none has one. */
export function mostSevereAdvice(runs: readonly Pick<RunView, 'advice'>[]): RunView['advice'] {
  const given = new Set(runs.map(({ advice }) => advice));
  return WORST_FIRST.find((advice) => given.has(advice));
}
