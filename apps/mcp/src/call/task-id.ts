import { randomBytes } from 'node:crypto';
import type { ToolName } from '../tools/tools.ts';

/** Everything that any server process needs to continue a wait. The runs themselves are on disk. */
export interface WaitPlan {
  /** UTC epoch ms. */
  readonly at: number;
  /** The tool that will give the answer. */
  readonly tool: ToolName;
  /** The folder in which the wait was asked for; undefined: that of the server. */
  readonly cwd?: string;
  /** The arguments of the wait as written, without its steps. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly runs: readonly { readonly step: string; readonly id: string }[];
}

/** No task id that has its plan in it is longer. */
const MOST_CHARACTERS = 8_192;

/** A new id of 21 characters, which nobody can guess. Hosts show it to their user and model. */
export function newTaskId(): string {
  return `wait-${randomBytes(12).toString('base64url')}`;
}

/** Whether this has the form of an id of `newTaskId`. It is safe as the name of a file. */
export function isShortTaskId(id: string): boolean {
  return /^wait-[\w-]{16}$/.test(id);
}

/**
 * A task id that has the plan in it, for when the plan cannot be written to disk. It cannot be guessed, because a run id cannot, and it
 * allows no more than `wait_run` does: it names no folder.
 */
export function encodeTaskId({ cwd: _, ...plan }: WaitPlan): string {
  return `wait-${Buffer.from(JSON.stringify(plan)).toString('base64url')}`;
}

/** The plan in a task id; undefined if the id is not valid. The caller still has to parse its input. */
export function decodeTaskId(id: string): WaitPlan | undefined {
  if (!id.startsWith('wait-') || id.length > MOST_CHARACTERS) return undefined;
  const plan = decodePlan(Buffer.from(id.slice(5), 'base64url').toString('utf8'));
  if (plan === undefined) return undefined;
  const { cwd: _, ...rest } = plan; // a client could write any folder
  return rest;
}

/** The plan in a text of JSON; undefined if it is none. */
export function decodePlan(text: string): WaitPlan | undefined {
  try {
    const plan = JSON.parse(text) as Partial<WaitPlan>;
    return isPlan(plan) ? plan : undefined;
  } catch {
    return undefined;
  }
}

function isPlan(plan: Partial<WaitPlan>): plan is WaitPlan {
  const { at, tool, cwd, input, runs } = plan;
  const isInput = typeof input === 'object' && input !== null && !Array.isArray(input);
  const areRuns = Array.isArray(runs) && runs.length > 0;
  return (
    Number.isSafeInteger(at) &&
    Math.abs(at ?? 0) < 8.64e15 &&
    (tool === 'wait_run' || tool === 'start_run') &&
    (cwd === undefined || typeof cwd === 'string') &&
    isInput &&
    areRuns &&
    runs.every((run) => typeof run?.step === 'string' && typeof run?.id === 'string')
  );
}
