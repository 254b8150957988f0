import type { Answer, RunView } from '@pm/operations';
import { type NextToolCall, nextToolCalls } from '../tools/tool-terms.ts';
import { TOOLS, type Tool, type ToolName } from '../tools/tools.ts';
import { firstWithin, jsonBytes, shorten } from './shorten.ts';
import { type StructuredContent, structuredFullRun, structuredListedRun, structuredRun } from './structured-run.ts';
import { visibleValue } from './visible-text.ts';

/** A success, as JSON: it is only glanced at. */
const SUCCESS_BYTES = 400;
/** Any other answer about one run. */
const RUN_BYTES = 2_000;
/** Several runs together, and of that the calls and sentences about them. */
const LIST_BYTES = 8_000;
const ABOUT_BYTES = 2_500;
/** Runs of `ls_runs`, whose number nobody asked for. */
const MOST_RUNS = 20;
/** A result that is told whole to who asks for the run by its name. */
const RESULT_BYTES = 1_400;

/**
 * An answer as one flat object: some hosts give a model nothing but this. Of one run its facts are the object's own; several are in
 * `runs`. Whatever it says, there is `advice` or a `next` call in it.
 * @param dir as the call named it: a call that shows more is about the same directory
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
  return withAdvice(listed(answer.runs, answers === 'list', about), answer);
}

/** Of a success that has more to tell than there is room for, the call that tells it is named. */
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
  if (isStatus)
    return shorten(facts, RUN_BYTES, run.outcome === 'success' && jsonBytes(run.result ?? '') <= RESULT_BYTES);
  const isNoted = facts['notes'] !== undefined || run.outcome !== 'success' || facts['survivors'] !== undefined;
  if (isNoted || jsonBytes(facts) <= SUCCESS_BYTES) return shorten(facts, RUN_BYTES);
  const { step, back } = run;
  const ref = back === undefined ? step : `${step}~${back}`;
  const more = { tool: 'show_status', arguments: { step: ref, ...(dir !== undefined && { dir }) }, why: 'all of it' };
  return shorten({ ...facts, next: [more] }, SUCCESS_BYTES);
}

/** What is said of the answer as a whole. */
function aboutAll({ alreadyRunning, budgetOver, notes, malformed, next }: Answer): StructuredContent {
  const calls = firstWithin(nextToolCalls(next), ABOUT_BYTES / 2);
  return {
    ...(alreadyRunning === true && { alreadyRunning }),
    ...(budgetOver === true && { budgetOver }),
    ...(notes !== undefined && { notes }),
    ...(malformed !== undefined && { malformed }),
    ...(calls.length > 0 && { next: calls satisfies NextToolCall[] }),
  };
}

/** Each has its share of the room, and what it leaves is the others': all that an answer is about are in it. */
function listed(runs: readonly RunView[], isShort: boolean, said: StructuredContent): StructuredContent {
  const about = shorten(said, ABOUT_BYTES);
  const wanted = isShort ? runs.slice(0, MOST_RUNS) : runs;
  const shown: StructuredContent[] = [];
  let room = LIST_BYTES - jsonBytes(about) - 100; // the names of the object's own fields, its advice
  for (const [i, run] of wanted.entries()) {
    const isEnding = run.state === 'ended' && (!isShort || run.unseen === true) && run.outcome !== 'success';
    const facts = visibleValue(isEnding ? structuredRun(run) : structuredListedRun(run)) as StructuredContent;
    const fit = shorten(facts, Math.min(RUN_BYTES, Math.floor(room / (wanted.length - i)) - 1));
    if (jsonBytes(fit) + 1 > room) break;
    room -= jsonBytes(fit) + 1;
    shown.push(fit);
  }
  const omitted = runs.length - shown.length;
  return { runs: shown, ...(omitted > 0 && { omitted }), ...about };
}

/** The worst of what its runs are advised. Nothing to fix and nothing to call is an advice too. */
function withAdvice(facts: StructuredContent, { runs, malformed }: Answer): StructuredContent {
  const worst = mostSevereAdvice(runs);
  const isUnreadable = malformed !== undefined || runs.some(({ state }) => state === 'malformed');
  const advice = worst !== undefined && worst !== 'proceed' ? worst : isUnreadable ? 'fix' : worst;
  if (advice !== undefined && (advice !== 'proceed' || facts['next'] === undefined)) return { ...facts, advice };
  return facts['next'] === undefined ? { ...facts, advice: 'proceed' } : facts;
}

/** Whoever goes on after a stop or an open breaker repeats it; a failure has to be mended; the rest is a matter of time. */
const WORST_FIRST = ['abort', 'fix', 'raise-limit', 'retry', 'proceed'] as const;

/** The advice that several runs come to; undefined while none has one. */
export function mostSevereAdvice(runs: readonly Pick<RunView, 'advice'>[]): RunView['advice'] {
  const given = new Set(runs.map(({ advice }) => advice));
  return WORST_FIRST.find((advice) => given.has(advice));
}
