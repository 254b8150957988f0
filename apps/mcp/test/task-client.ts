import type { CallToolResult } from '@modelcontextprotocol/client';
import type { Serving } from './server.ts';

const TASKS = 'io.modelcontextprotocol/tasks';

/** A JSON-RPC response as received. */
export interface Reply {
  readonly result?: Record<string, unknown> & Partial<CallToolResult> & { readonly result?: CallToolResult };
  readonly error?: { readonly code: number; readonly message: string };
}

/** A client of 2026-07-28 that supports tasks and writes JSON-RPC lines, because the official client rejects tasks. */
export interface TaskClient {
  request(method: string, params: Record<string, unknown>, extensions?: object): Promise<Reply>;
  call(name: string, input: Record<string, unknown>): Promise<Reply>;
  notify(method: string, params: Record<string, unknown>): void;
  /** The id that the next request will have. */
  readonly nextId: () => number;
  /** Polls a task until it is no longer `working`. */
  ended(taskId: string): Promise<NonNullable<Reply['result']>>;
}

export function asTaskClient({ transport }: Serving): TaskClient {
  const waiting = new Map<number, (reply: Reply) => void>();
  let id = 0;
  transport.onmessage = (message) => {
    if ('id' in message && !('method' in message)) waiting.get(Number(message.id))?.(message as Reply);
  };
  const started = transport.start();
  const meta = (extensions: object) => ({
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'task-client', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': { extensions },
  });
  const client: TaskClient = {
    async request(method, params, extensions = { [TASKS]: {} }) {
      await started;
      const own = ++id;
      const reply = new Promise<Reply>((resolve) => waiting.set(own, resolve));
      await transport.send({ jsonrpc: '2.0', id: own, method, params: { ...params, _meta: meta(extensions) } });
      return reply;
    },
    call: (name, input) => client.request('tools/call', { name, arguments: input }),
    notify: (method, params) => void transport.send({ jsonrpc: '2.0', method, params: { ...params, _meta: meta({}) } }),
    nextId: () => id + 1,
    async ended(taskId) {
      for (;;) {
        const { result, error } = await client.request('tasks/get', { taskId });
        if (result === undefined) throw new Error(error?.message);
        if (result['status'] !== 'working') return result;
      }
    },
  };
  return client;
}
