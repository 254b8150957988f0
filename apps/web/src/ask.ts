import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, isAbsolute } from 'node:path';
import type { Context, OperationName } from '@pm/operations';
import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { replyJson } from './reply.ts';

/** The largest request body. A call has a few hundred bytes, but a command line may be long. */
const BODY_BYTES = 1_048_576;

interface AnyOperation {
  readonly input: {
    readonly safeParse: (
      input: unknown,
    ) =>
      | { success: true; data: unknown }
      | { success: false; error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] } };
  };
  readonly run: (input: never, context: Context) => Promise<unknown>;
}

/** Answers the call of an operation: `{ fault }` for a wrong call, else what the operation answers. */
export async function ask(
  host: CarriedOperations,
  environment: WebEnvironment,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const text = await bodyOf(request);
  if (text === undefined) return fault(response, 413, 'usage', `A call may have ${BODY_BYTES} bytes at most.`);
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return fault(response, 400, 'usage', 'The input of a call is JSON.');
  }
  const operation: AnyOperation = await host.operations[name as OperationName]();
  const parsed = operation.input.safeParse(input);
  if (!parsed.success) {
    const [issue = { path: [], message: 'wrong input' }] = parsed.error.issues;
    return fault(response, 400, 'usage', [...issue.path.map(String), issue.message].join(' '));
  }
  const works: (() => void)[] = [];
  const { cwd, env, resident, program, invocation } = environment;
  const context: Context = {
    cwd: placeOf(input, cwd),
    env,
    signal,
    caller: 'pm web',
    program,
    invocation,
    ...(resident !== undefined && { resident }),
    answered: (work) => void works.push(work),
  };
  let answer: unknown;
  try {
    answer = await operation.run(parsed.data as never, context);
  } catch (thrown) {
    if (signal.aborted) return;
    const error = host.environmentFault(thrown) as { code?: unknown; message?: unknown; next?: unknown };
    const code = typeof error.code === 'string' ? error.code : 'unexpected';
    return replyJson(response, 400, { fault: { code, message: String(error.message), next: error.next } });
  }
  if (signal.aborted) return;
  replyJson(response, 200, answer);
  await once(response, 'finish'); // an ending counts as told only after the page has its answer
  for (const work of works) work();
}

/** Where a call takes place: in the project of the directory that it names, else where the server was started. */
function placeOf(input: unknown, cwd: string): string {
  const { dir } = Object(input) as { dir?: unknown };
  if (typeof dir !== 'string' || !isAbsolute(dir)) return cwd;
  const project = dirname(dir);
  return existsSync(project) ? project : cwd;
}

/** The body as text; undefined if it is too large. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function fault(response: ServerResponse, status: number, code: string, message: string): void {
  replyJson(response, status, { fault: { code, message } });
}
