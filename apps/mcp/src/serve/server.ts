import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type ClientCapabilities,
  type ListToolsResult,
  MissingRequiredClientCapabilityError,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import * as z from 'zod/mini';
import { callTool } from '../call/call-tool.ts';
import type { Tasks, TaskView } from '../call/tasks.ts';
import { capabilitiesOf, type Era, INSTRUCTIONS, SERVER_INFO, TASKS } from '../identity.ts';
import { folderOfHost } from '../tools/host-folder.ts';
import type { ServerEnvironment, ToolCall } from '../tools/tool-call.ts';
import TOOL_LIST from '../tools/tool-list.json' with { type: 'json' };
import { isTool } from '../tools/tools.ts';

/** What all connections of one server process share. */
export interface Shared {
  readonly environment: ServerEnvironment;
  readonly tasks: Tasks;
  /** The calls that are running. */
  readonly calls: Set<Promise<unknown>>;
  /** Whether the client may name the folder of a call: only the one that has started this server itself. */
  readonly takesFolder?: boolean;
  /** Registers work to do after the response of a request was written. */
  readonly after: (id: string | number, signal: AbortSignal, work: () => void) => void;
}

/**
 * A server for one connection, of either era of the protocol. It uses the SDK's low-level `Server`, because the high-level one has no tasks as
 * results, no ready-made tool list and no errors as results.
 */
export function serverFor(era: Era, shared: Shared): Server {
  const server = new Server(SERVER_INFO, {
    instructions: INSTRUCTIONS,
    capabilities: capabilitiesOf(era, shared.takesFolder),
    cacheHints: { 'tools/list': { ttlMs: 300_000, cacheScope: 'public' } },
  });
  server.setRequestHandler('tools/list', () => TOOL_LIST as ListToolsResult);
  server.setRequestHandler('tools/call', async ({ params }, ctx) => {
    const { name } = params;
    if (!isTool(name))
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool ${name.slice(0, 80)}.`);
    const call: ToolCall = {
      arguments: params.arguments ?? {},
      signal: ctx.mcpReq.signal,
      client: clientOf(server, ctx),
      folder: shared.takesFolder === true ? folderOfHost(ctx.mcpReq._meta) : undefined,
      thread: threadOf(ctx),
      progress: progressOf(ctx),
      answered: answeredOf(ctx, shared),
    };
    const calling = callTool(name, call, shared.environment, era === 'modern' && knowsTasks(ctx));
    shared.calls.add(calling);
    const called = await calling.finally(() => shared.calls.delete(calling));
    if (called.kind === 'result') return called.result;
    return { resultType: 'task', ...shared.tasks.start(called.plan), content: [] };
  });
  if (era === 'modern') offerTasks(server, shared);
  return server;
}

/** The methods `tasks/…`, which the SDK does not implement. */
function offerTasks(server: Server, { tasks, ...shared }: Shared): void {
  const schemas = { params: z.looseObject({ taskId: z.string() }), result: z.looseObject({}) };
  server.setRequestHandler('tasks/get', schemas, async ({ taskId }, ctx) => {
    const task = await tasks.get(supportedTask(taskId, ctx), ctx.mcpReq.signal, answeredOf(ctx, shared));
    return { resultType: 'complete', ...found(task) };
  });
  server.setRequestHandler('tasks/cancel', schemas, ({ taskId }, ctx) => {
    found(tasks.cancel(supportedTask(taskId, ctx)) || undefined);
    return { resultType: 'complete' };
  });
  server.setRequestHandler('tasks/update', schemas, ({ taskId }, ctx) => {
    found(tasks.has(supportedTask(taskId, ctx)) || undefined); // a wait takes no input
    return { resultType: 'complete' };
  });
}

function supportedTask(taskId: string, ctx: ServerContext): string {
  if (knowsTasks(ctx)) return taskId;
  throw new MissingRequiredClientCapabilityError({ requiredCapabilities: { extensions: { [TASKS]: {} } } });
}

function found<T extends TaskView | true>(task: T | undefined): T {
  if (task !== undefined) return task;
  throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no such task.');
}

function knowsTasks({ mcpReq: { envelope } }: ServerContext): boolean {
  const capabilities = (envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
  return (capabilities as ClientCapabilities | undefined)?.extensions?.[TASKS] !== undefined;
}

/** The name of the client: in each request of the modern era, once per connection in the legacy one. */
function clientOf(server: Server, { mcpReq: { envelope } }: ServerContext): string {
  const info = (envelope as Record<string, unknown> | undefined)?.[CLIENT_INFO_META_KEY] as
    | { name?: unknown }
    | undefined;
  const name = info?.name ?? server.getClientVersion()?.name;
  return typeof name === 'string' ? name.slice(0, 80) : '';
}

/** The thread of Codex, whose server outlives one thread; undefined for other clients. */
function threadOf({ mcpReq }: ServerContext): string | undefined {
  const thread = (mcpReq._meta as { threadId?: unknown } | undefined)?.threadId;
  return typeof thread === 'string' && /^[\w-]{1,100}$/.test(thread) ? thread : undefined;
}

/** Sends progress with growing numbers, and nothing after the call has ended; undefined if the client asked for none. */
function progressOf({ mcpReq }: ServerContext): ToolCall['progress'] {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let progress = 0;
  return async (message) => {
    if (mcpReq.signal.aborted) return;
    progress += 1;
    await mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, message } });
  };
}

function answeredOf({ mcpReq: { id, signal } }: ServerContext, { after }: Pick<Shared, 'after'>): ToolCall['answered'] {
  return (work) => after(id, signal, work);
}
