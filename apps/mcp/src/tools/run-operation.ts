import {
  type Answer,
  bounds,
  type Context,
  type Issue,
  type LogAnswer,
  operations,
  type PreflightAnswer,
} from '@pm/operations';
import { argumentError } from './argument-error.ts';
import { workingFolder } from './host-folder.ts';
import { withRareOptions } from './rare-options.ts';
import type { ServerEnvironment, ToolCall } from './tool-call.ts';
import { TOOLS, type Tool, type ToolName, type ToolOperation } from './tools.ts';
import { selectedOperation } from './variants.ts';

/** The answer of any tool's operation; each type has a field that no other has. */
export type AnyAnswer = Answer | LogAnswer | PreflightAnswer;

/** Any operation. `run` takes an input that has passed its schema. */
interface AnyOperation {
  readonly input: {
    readonly safeParse: (
      input: unknown,
    ) => { success: true; data: Record<string, unknown> } | { success: false; error: { issues: readonly Issue[] } };
  };
  readonly run: (input: never, context: Context) => Promise<AnyAnswer>;
}

/** The operation of a call, and its input after its schema has parsed it. */
export interface ToolRequest {
  readonly operation: ToolOperation;
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * Parses the arguments of a call.
 * @throws an error of code `usage` that names the field and what it accepts
 */
export async function parseCall(name: ToolName, written: Readonly<Record<string, unknown>>): Promise<ToolRequest> {
  const given = withRareOptions(name, written);
  const { without = [], fixed = {}, needs = [] }: Tool = TOOLS[name];
  const { operation, fields, by } = selectedOperation(name, given);
  const said = by === undefined ? name : `${name} with ${by}`;
  const { input: schema }: AnyOperation = await operations[operation]();
  const hidden = without.find((field) => given[field] !== undefined);
  if (hidden !== undefined)
    throw argumentError(said, { code: 'unrecognized_keys', path: [], message: '', keys: [hidden] }, given);
  const missing = needs.find((field) => given[field] === undefined);
  if (missing !== undefined) throw argumentError(said, { path: [missing], message: '' }, given);
  const parsed = schema.safeParse({ ...fields, ...fixed });
  if (parsed.success) return { operation, input: parsed.data };
  throw argumentError(said, parsed.error.issues[0], fields);
}

/** Runs the operation of a call. */
export async function runOperation({ operation, input }: ToolRequest, context: Context): Promise<AnyAnswer> {
  const { run }: AnyOperation = await operations[operation]();
  return run(input as never, context);
}

/** A thread of Codex is the session of the call, in the variable in which the shells of Codex have it. */
function withThread(thread: string | undefined, env: ServerEnvironment['env']): ServerEnvironment['env'] {
  return thread === undefined ? env : { ...env, CLAUDE_CODE_SESSION_ID: undefined, CODEX_THREAD_ID: thread };
}

/**
 * The context of an operation, with the bounds of the project. pm.config.json is read for each call, because its owner may change it.
 */
export async function contextOf(call: ToolCall, environment: ServerEnvironment): Promise<Context> {
  const { env, resident } = environment;
  const within = await bounds();
  return within({
    cwd: workingFolder(call.folder, environment),
    env: withThread(call.thread, env),
    signal: call.signal,
    answered: call.answered,
    caller: `pm-mcp for ${call.client === '' ? 'a client' : call.client}`,
    ...(resident !== undefined && { resident }),
  });
}
