import { setTimeout as sleep } from 'node:timers/promises';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Answer, Context } from '@pm/operations';
import { errorResult, resultOfError, waitResult } from '../answer/tool-results.ts';
import { contextOf, parseCall } from '../tools/run-operation.ts';
import { runReference } from '../tools/run-reference.ts';
import type { ServerEnvironment, ToolCall } from '../tools/tool-call.ts';
import { waitBudgetMs } from '../tools/wait-budget.ts';
import type { WaitPlan } from './task-id.ts';
import { openTaskPlans } from './task-plans.ts';
import { waitWithProgress } from './wait-with-progress.ts';

/** A wait as a task of the Tasks extension (SEP-2663). */
export interface TaskView {
  readonly taskId: string;
  readonly status: 'working' | 'completed' | 'cancelled';
  readonly statusMessage: string;
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly ttlMs: number | null;
  readonly pollIntervalMs: number;
  readonly result?: CallToolResult;
}

interface Task {
  readonly id: string;
  readonly plan: WaitPlan;
  readonly ending: AbortController;
  /** Work to do when the client has read the result. */
  readonly works: (() => void)[];
  status: TaskView['status'];
  updatedAt: number;
  result?: CallToolResult;
  settled: Promise<void>;
}

/** The shortest pause that Claude Code makes is 250 ms. A request is held, so a short pause costs nothing. */
const POLL_INTERVAL_MS = 250;
/** How long `tasks/get` waits for the end of the wait. Claude Code and the SDKs give up after 60 s, and then count a failed poll. */
const HOLD_MS = 20_000;
/** The most waits that stay open. A wait that was dropped is continued by its next `tasks/get`. */
const MOST_TASKS = 200;

// Why: contributing/decisions/2026-11-24-tools-are-operations.md
/** The waits of one server. A task is a wait and not a run: the run goes on whatever happens to the task. */
export function openTasks(environment: ServerEnvironment) {
  const tasks = new Map<string, Task>();
  const plans = openTaskPlans(environment.env);
  const holdMs = Math.min(HOLD_MS, waitBudgetMs('', false, environment.env));

  function open(id: string, plan: WaitPlan): Task {
    for (const oldest of tasks.values()) {
      if (tasks.size < MOST_TASKS) break;
      oldest.ending.abort();
      tasks.delete(oldest.id);
    }
    const ending = new AbortController();
    const task: Task = {
      id,
      plan,
      ending,
      works: [],
      status: 'working',
      updatedAt: Date.now(),
      settled: Promise.resolve(),
    };
    task.settled = runWait(task, environment);
    tasks.set(id, task);
    return task;
  }

  /** A task of this server, or of an earlier server process. */
  function find(id: string): Task | undefined {
    const known = tasks.get(id);
    if (known !== undefined) return known;
    const plan = plans.find(id);
    return plan === undefined ? undefined : open(id, plan);
  }

  return {
    start: (plan: WaitPlan): TaskView => viewOf(open(plans.save(plan), plan)),
    /**
     * The task when it has changed, or after 20 s: so a client that polls asks three times a minute.
     * @param signal ends this request
     * @returns undefined if there is no such task
     */
    async get(id: string, signal: AbortSignal, answered: ToolCall['answered']): Promise<TaskView | undefined> {
      const task = find(id);
      if (task === undefined) return undefined;
      if (task.status === 'working') await settledWithin(task, holdMs, signal);
      if (signal.aborted) return viewOf(task); // nobody reads it
      for (const work of task.works.splice(0)) answered(work);
      return viewOf(task);
    },
    /** Ends the wait; may be called again. @returns false if there is no such task */
    cancel(id: string): boolean {
      const task = find(id);
      if (task === undefined) return false;
      if (task.status !== 'working') return true;
      task.status = 'cancelled';
      task.updatedAt = Date.now();
      task.ending.abort();
      return true;
    },
    has: (id: string): boolean => find(id) !== undefined,
  };
}
export type Tasks = ReturnType<typeof openTasks>;

async function runWait(task: Task, environment: ServerEnvironment): Promise<void> {
  const { plan, ending, works } = task;
  const call: ToolCall = {
    arguments: {},
    signal: ending.signal,
    client: '',
    folder: plan.cwd,
    answered: (work) => void works.push(work),
  };
  const result = await contextOf(call, environment)
    .then((context) => resultOfWait(plan, context))
    .catch(resultOfError);
  if (task.status !== 'working') return;
  task.status = 'completed';
  task.updatedAt = Date.now();
  task.result = result;
}

async function resultOfWait({ tool, input, runs }: WaitPlan, context: Context): Promise<CallToolResult> {
  const dir = typeof input['dir'] === 'string' ? input['dir'] : undefined;
  const steps: string[] = [];
  for (const { step, id } of runs) {
    const name = await runReference({ step, id, dir }, context);
    if (name === undefined)
      return errorResult(`records-gone: the run ${id} of ${step} does not exist any more`, 'next: ls_runs {}');
    steps.push(name);
  }
  const { input: asked } = await parseCall('wait_run', { ...input, steps });
  const answer: Answer = await waitWithProgress(asked, Number.POSITIVE_INFINITY, {}, context);
  return waitResult(tool, answer, input);
}

function viewOf({ id, plan, status, updatedAt, result }: Task): TaskView {
  return {
    taskId: id,
    status,
    statusMessage: messageOf(status, plan),
    createdAt: new Date(plan.at).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
    ttlMs: null,
    pollIntervalMs: POLL_INTERVAL_MS,
    ...(result !== undefined && { result }),
  };
}

function messageOf(status: TaskView['status'], { runs }: WaitPlan): string {
  const names = runs
    .map(({ step }) => step)
    .join(', ')
    .slice(0, 200);
  if (status === 'completed') return `${names}: the wait is over`;
  const only =
    status === 'cancelled' ? 'only the wait was cancelled, the run goes on' : 'cancelling this ends only the wait';
  return `${names}: ${only}; stop_run ends the run, wait_run waits again`;
}

/** Waits until a task has ended or was cancelled, or the request is over, at most for this time. */
async function settledWithin({ settled, ending }: Task, ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const any = AbortSignal.any([signal, ending.signal, over.signal]);
  const held = sleep(ms, undefined, { signal: any, ref: false }).catch(() => {});
  await Promise.race([settled, held]);
  over.abort();
}
