import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, Context, PreflightAnswer } from '@pm/operations';
import { resultOfError, toolResult } from '../answer/tool-results.ts';
import { contextOf, parseCall, runOperation, type ToolRequest } from '../tools/run-operation.ts';
import type { ServerEnvironment, ToolCall } from '../tools/tool-call.ts';
import type { ToolName } from '../tools/tools.ts';
import { waitBudgetMs } from '../tools/wait-budget.ts';
import { readLogs } from './read-logs.ts';
import type { WaitPlan } from './task-id.ts';
import { waitWithProgress } from './wait-with-progress.ts';

/** The outcome of a call: a result, or a wait that becomes a task for clients that support tasks. */
export type Called =
  | { readonly kind: 'result'; readonly result: CallToolResult }
  | { readonly kind: 'wait'; readonly plan: WaitPlan };

/** Executes one tool call. An error becomes a result that says what to do next; nothing is thrown. */
export async function callTool(
  name: ToolName,
  call: ToolCall,
  environment: ServerEnvironment,
  knowsTasks: boolean,
): Promise<Called> {
  try {
    return await executeCall(name, call, environment, knowsTasks);
  } catch (error) {
    return { kind: 'result', result: resultOfError(error) };
  }
}

async function executeCall(
  name: ToolName,
  call: ToolCall,
  environment: ServerEnvironment,
  knowsTasks: boolean,
): Promise<Called> {
  const context = await contextOf(call, environment);
  if (name === 'read_logs') return { kind: 'result', result: await readLogs(call.arguments, context) };
  const parsed = await parseCall(name, call.arguments);
  const { operation, input } = parsed;
  if (operation === 'wait') return waitOrMakeTask(name, call.arguments, { call, context, knowsTasks });
  if (name === 'stop_run')
    return { kind: 'result', result: toolResult(name, await stopped(parsed, call, context), call.arguments) };
  if (operation !== 'start' || input['wait'] !== true) {
    const answer = (await runOperation(withinCall(parsed, call, context), context)) as Answer | PreflightAnswer;
    return { kind: 'result', result: toolResult(name, answer, call.arguments) };
  }
  const toBegin = { operation, input: { ...input, wait: false, budget: undefined } };
  const started = (await runOperation(toBegin, context)) as Answer;
  const [run] = started.runs;
  if (run === undefined || started.refusal !== undefined)
    return { kind: 'result', result: toolResult(name, started, call.arguments) };
  const { dir, budget } = call.arguments;
  const written = { steps: [run.step], ...(dir !== undefined && { dir }), ...(budget !== undefined && { budget }) };
  return waitOrMakeTask(name, written, { call, context, knowsTasks, started });
}

interface WaitContext {
  readonly call: ToolCall;
  readonly context: Context;
  readonly knowsTasks: boolean;
  /** Facts of the start before the wait, which the answer of the wait has to repeat. */
  readonly started?: Pick<Answer, 'alreadyRunning' | 'notes'>;
}

/** Waits as long as the client allows. For a client that supports tasks it makes the wait a task, if there is something to wait for. */
async function waitOrMakeTask(
  tool: ToolName,
  written: Readonly<Record<string, unknown>>,
  { call, context, knowsTasks, started = {} }: WaitContext,
): Promise<Called> {
  const { input } = await parseCall('wait_run', written);
  const works: (() => void)[] = [];
  const budgetMs = knowsTasks ? 0 : budgetOf(call, context);
  const answer = await waitWithProgress(input, budgetMs, call, {
    ...context,
    answered: (work) => void works.push(work),
  });
  const isAsked = typeof input['budget'] === 'number' && input['budget'] <= budgetMs;
  if (knowsTasks && answer.budgetOver === true && !isAsked)
    return { kind: 'wait', plan: { ...planOf(tool, written, answer), cwd: context.cwd } };
  for (const work of works) call.answered(work);
  const { alreadyRunning, notes } = started;
  const allNotes = [...(notes ?? []), ...(answer.notes ?? [])];
  const told = {
    ...answer,
    ...(alreadyRunning === true && { alreadyRunning }),
    ...(allNotes.length > 0 && { notes: allNotes }),
  };
  return { kind: 'result', result: toolResult(tool, told, written) };
}

function planOf(tool: ToolName, written: Readonly<Record<string, unknown>>, { runs }: Answer): WaitPlan {
  const { steps: _, ...input } = written;
  const known = runs.flatMap(({ step, id }) => (id === undefined ? [] : [{ step, id }]));
  return { at: Date.now(), tool, input, runs: known };
}

/** A call that waits until runs are ready answers before the client gives up. It sends no progress meanwhile. */
function withinCall(parsed: ToolRequest, { client }: ToolCall, { env }: Context): ToolRequest {
  const { operation, input } = parsed;
  if (operation !== 'ensure' && operation !== 'up' && input['waitReady'] !== true) return parsed;
  const { budget } = input;
  const mostMs = waitBudgetMs(client, false, env);
  return { operation, input: { ...input, budget: typeof budget === 'number' ? Math.min(budget, mostMs) : mostMs } };
}

function budgetOf({ client, progress }: ToolCall, { env }: Context): number {
  return waitBudgetMs(client, progress !== undefined, env);
}

/**
 * Stops runs, and answers before the client gives up. A grace period may take longer: then the stop order is on disk, and this process or
 * any other finishes it.
 */
async function stopped(parsed: ToolRequest, call: ToolCall, context: Context): Promise<Answer> {
  const stopping = runOperation(parsed, context) as Promise<Answer>;
  stopping.catch(() => {}); // handled below, unless the answer came first
  const over = new AbortController();
  const budgetOver = sleep(budgetOf(call, context), undefined, { signal: over.signal, ref: false }).catch(
    () => undefined,
  );
  try {
    const answer = await Promise.race([stopping, budgetOver]);
    if (answer !== undefined) return answer;
    const { input } = await parseCall('wait_run', placeOf(call.arguments));
    return await waitWithProgress(input, 0, {}, context);
  } finally {
    over.abort();
  }
}

function placeOf({ steps, dir }: ToolCall['arguments']): ToolCall['arguments'] {
  return { steps, ...(dir !== undefined && { dir }) };
}
