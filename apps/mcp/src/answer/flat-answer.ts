import type { Answer, RunView } from '@pm/operations';
import { type ToolCall, toolCalls } from '../tools/next-call.ts';
import { TOOLS, type Tool, type ToolName } from '../tools/tools.ts';
import { bytesOf, firstOf, fitted } from './fit.ts';
import { type FlatRun, flatRun, fullRun, shortRun } from './flat-run.ts';
import { plainValue } from './plain.ts';
import { worstAdvice } from './worst-advice.ts';

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
export function flatAnswer(name: ToolName, answer: Answer, dir?: string): Record<string, unknown> {
  const { answers }: Tool = TOOLS[name];
  const [first] = answer.runs;
  const [breaker] = answer.breakers ?? [];
  const about = plainValue(aboutAll(answer)) as FlatRun;
  if (breaker !== undefined)
    return fitted(withAdvice({ ...(plainValue(breaker) as FlatRun), ...about }, answer), RUN_BYTES);
  if (answers !== 'list' && answer.runs.length === 1 && first !== undefined)
    return flatOne(name, first, withAdvice(about, answer), dir);
  return withAdvice(listed(answer.runs, answers === 'list', about), answer);
}

/** Of a success that has more to tell than there is room for, the call that tells it is named. */
function flatOne(name: ToolName, run: RunView, about: FlatRun, dir: string | undefined): FlatRun {
  const isStatus = TOOLS[name].operation === 'status';
  const facts = { ...(plainValue(isStatus ? fullRun(run) : flatRun(run)) as FlatRun), ...about };
  if (isStatus) return fitted(facts, RUN_BYTES, run.outcome === 'success' && bytesOf(run.result ?? '') <= RESULT_BYTES);
  const isNoted = facts['notes'] !== undefined || run.outcome !== 'success' || facts['survivors'] !== undefined;
  if (isNoted || bytesOf(facts) <= SUCCESS_BYTES) return fitted(facts, RUN_BYTES);
  const { step, back } = run;
  const ref = back === undefined ? step : `${step}~${back}`;
  const more = { tool: 'show_status', arguments: { step: ref, ...(dir !== undefined && { dir }) }, why: 'all of it' };
  return fitted({ ...facts, next: [more] }, SUCCESS_BYTES);
}

/** What is said of the answer as a whole. */
function aboutAll({ alreadyRunning, budgetOver, notes, malformed, next }: Answer): FlatRun {
  const calls = firstOf(toolCalls(next), ABOUT_BYTES / 2);
  return {
    ...(alreadyRunning === true && { alreadyRunning }),
    ...(budgetOver === true && { budgetOver }),
    ...(notes !== undefined && { notes }),
    ...(malformed !== undefined && { malformed }),
    ...(calls.length > 0 && { next: calls satisfies ToolCall[] }),
  };
}

/** Each has its share of the room, and what it leaves is the others': all that an answer is about are in it. */
function listed(runs: readonly RunView[], isShort: boolean, said: FlatRun): FlatRun {
  const about = fitted(said, ABOUT_BYTES);
  const wanted = isShort ? runs.slice(0, MOST_RUNS) : runs;
  const shown: FlatRun[] = [];
  let room = LIST_BYTES - bytesOf(about) - 100; // the names of the object's own fields, its advice
  for (const [i, run] of wanted.entries()) {
    const isEnding = run.state === 'ended' && (!isShort || run.unseen === true) && run.outcome !== 'success';
    const facts = plainValue(isEnding ? flatRun(run) : shortRun(run)) as FlatRun;
    const fit = fitted(facts, Math.min(RUN_BYTES, Math.floor(room / (wanted.length - i)) - 1));
    if (bytesOf(fit) + 1 > room) break;
    room -= bytesOf(fit) + 1;
    shown.push(fit);
  }
  const omitted = runs.length - shown.length;
  return { runs: shown, ...(omitted > 0 && { omitted }), ...about };
}

/** The worst of what its runs are advised. Nothing to fix and nothing to call is an advice too. */
function withAdvice(facts: FlatRun, { runs, malformed }: Answer): FlatRun {
  const worst = worstAdvice(runs);
  const isUnreadable = malformed !== undefined || runs.some(({ state }) => state === 'malformed');
  const advice = worst !== undefined && worst !== 'proceed' ? worst : isUnreadable ? 'fix' : worst;
  if (advice !== undefined && (advice !== 'proceed' || facts['next'] === undefined)) return { ...facts, advice };
  return facts['next'] === undefined ? { ...facts, advice: 'proceed' } : facts;
}
