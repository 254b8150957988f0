import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, Context, PreflightAnswer } from '@pm/operations';
import { faultOf, resultOf } from '../answer/results.ts';
import { budgetFor } from '../tools/budgets.ts';
import type { Call, World } from '../tools/call.ts';
import { contextOf, type Parsed, parse, perform } from '../tools/perform.ts';
import type { ToolName } from '../tools/tools.ts';
import { logsResult } from './read-logs.ts';
import type { WaitPlan } from './task-id.ts';
import { waitFor } from './wait.ts';

/** What a call comes to: a result, or a wait that a client which knows tasks comes back for. */
export type Called =
  | { readonly kind: 'result'; readonly result: CallToolResult }
  | { readonly kind: 'wait'; readonly plan: WaitPlan };

/** Carries out one call of a tool. Whatever goes wrong in it is a result that says what to do next. */
export async function callTool(name: ToolName, call: Call, world: World, knowsTasks: boolean): Promise<Called> {
  try {
    return await called(name, call, world, knowsTasks);
  } catch (error) {
    return { kind: 'result', result: faultOf(error) };
  }
}

async function called(name: ToolName, call: Call, world: World, knowsTasks: boolean): Promise<Called> {
  const context = await contextOf(call, world);
  if (name === 'read_logs') return { kind: 'result', result: await logsResult(call.arguments, context) };
  const input = await parse(name, call.arguments);
  if (name === 'wait_run') return attend(name, call.arguments, { call, context, knowsTasks });
  if (name === 'stop_run')
    return { kind: 'result', result: resultOf(name, await stopped(input, call, context), call.arguments) };
  if (name !== 'start_run' || input['wait'] !== true)
    return {
      kind: 'result',
      result: resultOf(name, (await perform(name, input, context)) as Answer | PreflightAnswer, call.arguments),
    };
  const started = (await perform(name, { ...input, wait: false, budget: undefined }, context)) as Answer;
  const [run] = started.runs;
  if (run === undefined || started.refusal !== undefined)
    return { kind: 'result', result: resultOf(name, started, call.arguments) };
  const { dir, budget } = call.arguments;
  const written = { steps: [run.step], ...(dir !== undefined && { dir }), ...(budget !== undefined && { budget }) };
  return attend(name, written, { call, context, knowsTasks, started });
}

interface Attendance {
  readonly call: Call;
  readonly context: Context;
  readonly knowsTasks: boolean;
  /** What the start before it has told, and the wait cannot know. */
  readonly started?: Pick<Answer, 'alreadyRunning' | 'notes'>;
}

/** Waits within the client's patience; or hands the wait over as a task, once it is sure that there is something to wait for. */
async function attend(
  tool: ToolName,
  written: Readonly<Record<string, unknown>>,
  { call, context, knowsTasks, started = {} }: Attendance,
): Promise<Called> {
  const input = await parse('wait_run', written);
  const works: (() => void)[] = [];
  const patience = knowsTasks ? 0 : budgetOf(call, context);
  const answer = await waitFor(input, patience, call, { ...context, answered: (work) => void works.push(work) });
  const isAsked = typeof input['budget'] === 'number' && input['budget'] <= patience;
  if (knowsTasks && answer.budgetOver === true && !isAsked)
    return { kind: 'wait', plan: planOf(tool, written, answer) };
  for (const work of works) call.answered(work);
  const { alreadyRunning, notes } = started;
  const told = { ...answer, ...(alreadyRunning === true && { alreadyRunning }), ...(notes !== undefined && { notes }) };
  return { kind: 'result', result: resultOf(tool, told, written) };
}

function planOf(tool: ToolName, written: Readonly<Record<string, unknown>>, { runs }: Answer): WaitPlan {
  const { steps: _, ...input } = written;
  const known = runs.flatMap(({ step, id }) => (id === undefined ? [] : [{ step, id }]));
  return { at: Date.now(), tool, input, runs: known };
}

function budgetOf({ client, progress }: Call, { env }: Context): number {
  return budgetFor(client, progress !== undefined, env);
}

/**
 * Stops within the client's patience. A grace period may be longer: then the order stands, this process goes on to carry it out, and
 * so would any other.
 */
async function stopped(input: Parsed, call: Call, context: Context): Promise<Answer> {
  const stopping = perform('stop_run', input, context) as Promise<Answer>;
  stopping.catch(() => {}); // told below, unless nobody waits for it any more
  const over = new AbortController();
  const patience = sleep(budgetOf(call, context), undefined, { signal: over.signal, ref: false }).catch(
    () => undefined,
  );
  try {
    const answer = await Promise.race([stopping, patience]);
    if (answer !== undefined) return answer;
    return await waitFor(await parse('wait_run', placeOf(call.arguments)), 0, {}, context);
  } finally {
    over.abort();
  }
}

function placeOf({ steps, dir }: Call['arguments']): Call['arguments'] {
  return { steps, ...(dir !== undefined && { dir }) };
}
