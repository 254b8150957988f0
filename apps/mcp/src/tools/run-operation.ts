import {
  type Answer,
  bounds,
  type Context,
  type Issue,
  type LogAnswer,
  operations,
  type PreflightAnswer,
} from '@pm/operations';
import { badArguments } from './bad-arguments.ts';
import type { ServerEnvironment, ToolCall } from './tool-call.ts';
import { TOOLS, type Tool, type ToolName } from './tools.ts';

/** Whatever a tool's operation answers; each is known by a field that no other has. */
export type AnyAnswer = Answer | LogAnswer | PreflightAnswer;

/** An operation, once its input has passed its own schema. */
interface AnyOperation {
  readonly input: {
    readonly safeParse: (
      input: unknown,
    ) => { success: true; data: Record<string, unknown> } | { success: false; error: { issues: readonly Issue[] } };
  };
  readonly run: (input: never, context: Context) => Promise<AnyAnswer>;
}

/** The input of a tool, parsed by its operation. */
export type Parsed = Readonly<Record<string, unknown>>;

/**
 * Parses what a model wrote.
 * @throws a fault of code `usage` that names the field and what it takes
 */
export async function parseInput(name: ToolName, given: Readonly<Record<string, unknown>>): Promise<Parsed> {
  const { operation, without = [], fixed = {}, needs = [] }: Tool = TOOLS[name];
  const { input }: AnyOperation = await operations[operation]();
  const hidden = without.find((field) => given[field] !== undefined);
  if (hidden !== undefined)
    throw badArguments(name, { code: 'unrecognized_keys', path: [], message: '', keys: [hidden] }, given);
  const missing = needs.find((field) => given[field] === undefined);
  if (missing !== undefined) throw badArguments(name, { path: [missing], message: '' }, given);
  const parsed = input.safeParse({ ...given, ...fixed });
  if (parsed.success) return parsed.data;
  throw badArguments(name, parsed.error.issues[0], given);
}

/** Runs the operation behind a tool. */
export async function runOperation(name: ToolName, input: Parsed, context: Context): Promise<AnyAnswer> {
  const { run }: AnyOperation = await operations[TOOLS[name].operation]();
  return run(input as never, context);
}

/**
 * What an operation may know of a call, and what it may ask for at most: read anew each time, because the file is its owner's to change.
 */
export async function contextOf(call: ToolCall, environment: ServerEnvironment): Promise<Context> {
  const { cwd, env, resident } = environment;
  const within = await bounds();
  return within({
    cwd,
    env,
    signal: call.signal,
    answered: call.answered,
    caller: `pm-mcp for ${call.client === '' ? 'a client' : call.client}`,
    ...(resident !== undefined && { resident }),
  });
}
