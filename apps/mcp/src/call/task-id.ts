import type { ToolName } from '../tools/tools.ts';

/** Everything that any server process needs to continue a wait. The runs themselves are on disk. */
export interface WaitPlan {
  /** UTC epoch ms. */
  readonly at: number;
  /** The tool that will give the answer. */
  readonly tool: ToolName;
  /** The arguments of the wait as written, without its steps. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly runs: readonly { readonly step: string; readonly id: string }[];
}

/** No task id of this server is longer. */
const MOST_CHARACTERS = 8_192;

/** The task id is the plan itself, encoded. It cannot be guessed, because a run id cannot, and it allows no more than `wait_run` does. */
export function encodeTaskId(plan: WaitPlan): string {
  return `wait-${Buffer.from(JSON.stringify(plan)).toString('base64url')}`;
}

/** The plan in a task id; undefined if the id is not valid. The caller still has to parse its input. */
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
