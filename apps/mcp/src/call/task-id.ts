import type { ToolName } from '../tools/tools.ts';

/** All that has to be known to take up a wait again, in whatever process: what it waits for is on disk. */
export interface WaitPlan {
  /** UTC epoch ms. */
  readonly at: number;
  /** The tool whose answer it will be. */
  readonly tool: ToolName;
  /** The input of the wait, as it was written, but for its steps. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly runs: readonly { readonly step: string; readonly id: string }[];
}

/** A longer one was not made here. */
const MOST_CHARACTERS = 8_192;

/** The plan itself is the name of the task. It cannot be guessed, because a run id cannot, and it grants no more than `wait_run` does. */
export function encodeTaskId(plan: WaitPlan): string {
  return `wait-${Buffer.from(JSON.stringify(plan)).toString('base64url')}`;
}

/** The plan that a task id stands for; undefined for what is none. Its input is still to be parsed. */
export function decodeTaskId(id: string): WaitPlan | undefined {
  if (!id.startsWith('wait-') || id.length > MOST_CHARACTERS) return undefined;
  try {
    const plan = JSON.parse(Buffer.from(id.slice(5), 'base64url').toString('utf8')) as Partial<WaitPlan>;
    return isPlan(plan) ? plan : undefined;
  } catch {
    return undefined;
  }
}

function isPlan(plan: Partial<WaitPlan>): plan is WaitPlan {
  const { at, tool, input, runs } = plan;
  const isInput = typeof input === 'object' && input !== null && !Array.isArray(input);
  const areRuns = Array.isArray(runs) && runs.length > 0;
  return (
    Number.isSafeInteger(at) &&
    Math.abs(at ?? 0) < 8.64e15 &&
    (tool === 'wait_run' || tool === 'start_run') &&
    isInput &&
    areRuns &&
    runs.every((run) => typeof run?.step === 'string' && typeof run?.id === 'string')
  );
}
