import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, Context, PreflightAnswer } from '@pm/operations';
import { resultOfError, toolResult } from '../answer/tool-results.ts';
import { contextOf, type Parsed, parseInput, runOperation } from '../tools/run-operation.ts';
import type { ServerEnvironment, ToolCall } from '../tools/tool-call.ts';
import type { ToolName } from '../tools/tools.ts';
import { waitBudgetMs } from '../tools/wait-budget.ts';
import { readLogs } from './read-logs.ts';
import type { WaitPlan } from './task-id.ts';
import { waitWithProgress } from './wait-with-progress.ts';

/** What a call comes to: a result, or a wait that a client which knows tasks comes back for. */
export type Called =
  | { readonly kind: 'result'; readonly result: CallToolResult }
  | { readonly kind: 'wait'; readonly plan: WaitPlan };

/** Carries out one call of a tool. Whatever goes wrong in it is a result that says what to do next. */
export async function callTool(
  name: ToolName,
  call: ToolCall,
  environment: ServerEnvironment,
  knowsTasks: boolean,
): Promise<Called> {
  try {
    return await called(name, call, environment, knowsTasks);
  } catch (error) {
    return { kind: 'result', result: resultOfError(error) };
  }
}

async function called(
  name: ToolName,
  call: ToolCall,
  environment: ServerEnvironment,
  knowsTasks: boolean,
): Promise<Called> {
  const context = await contextOf(call, environment);
  if (name === 'read_logs') return { kind: 'result', result: await readLogs(call.arguments, context) };
  const input = await parseInput(name, call.arguments);
  if (name === 'wait_run') return attend(name, call.arguments, { call, context, knowsTasks });
  if (name === 'stop_run')
    return { kind: 'result', result: toolResult(name, await stopped(input, call, context), call.arguments) };
  if (name !== 'start_run' || input['wait'] !== true)
    return {
      kind: 'result',
      result: toolResult(name, (await runOperation(name, input, context)) as Answer | PreflightAnswer, call.arguments),
    };
  const started = (await runOperation(name, { ...input, wait: false, budget: undefined }, context)) as Answer;
  const [run] = started.runs;
  if (run === undefined || started.refusal !== undefined)
    return { kind: 'result', result: toolResult(name, started, call.arguments) };
  const { dir, budget } = call.arguments;
  const written = { steps: [run.step], ...(dir !== undefined && { dir }), ...(budget !== undefined && { budget }) };
  return attend(name, written, { call, context, knowsTasks, started });
}

interface Attendance {
  readonly call: ToolCall;
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
  const input = await parseInput('wait_run', written);
  const works: (() => void)[] = [];
  const patience = knowsTasks ? 0 : budgetOf(call, context);
  const answer = await waitWithProgress(input, patience, call, {
    ...context,
    answered: (work) => void works.push(work),
  });
  const isAsked = typeof input['budget'] === 'number' && input['budget'] <= patience;
  if (knowsTasks && answer.budgetOver === true && !isAsked)
    return { kind: 'wait', plan: planOf(tool, written, answer) };
  for (const work of works) call.answered(work);
  const { alreadyRunning, notes } = started;
  const told = { ...answer, ...(alreadyRunning === true && { alreadyRunning }), ...(notes !== undefined && { notes }) };
  return { kind: 'result', result: toolResult(tool, told, written) };
}

function planOf(tool: ToolName, written: Readonly<Record<string, unknown>>, { runs }: Answer): WaitPlan {
  const { steps: _, ...input } = written;
  const known = runs.flatMap(({ step, id }) => (id === undefined ? [] : [{ step, id }]));
  return { at: Date.now(), tool, input, runs: known };
}

function budgetOf({ client, progress }: ToolCall, { env }: Context): number {
  return waitBudgetMs(client, progress !== undefined, env);
}

/**
 * Stops within the client's patience. A grace period may be longer: then the order stands, this process goes on to carry it out, and
 * so would any other.
 */
async function stopped(input: Parsed, call: ToolCall, context: Context): Promise<Answer> {
  const stopping = runOperation('stop_run', input, context) as Promise<Answer>;
  stopping.catch(() => {}); // told below, unless nobody waits for it any more
  const over = new AbortController();
  const patience = sleep(budgetOf(call, context), undefined, { signal: over.signal, ref: false }).catch(
    () => undefined,
  );
  try {
    const answer = await Promise.race([stopping, patience]);
    if (answer !== undefined) return answer;
    return await waitWithProgress(await parseInput('wait_run', placeOf(call.arguments)), 0, {}, context);
  } finally {
    over.abort();
  }
}

function placeOf({ steps, dir }: ToolCall['arguments']): ToolCall['arguments'] {
  return { steps, ...(dir !== undefined && { dir }) };
}
