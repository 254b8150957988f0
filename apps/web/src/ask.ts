import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, isAbsolute } from 'node:path';
import type { Context, Issue, OperationName } from '@pm/operations';
import type { CarriedOperations, WebEnvironment } from './carrier.ts';
import { faultOf } from './fault.ts';
import { replyFault, replyJson } from './reply.ts';

/** The largest request body. A call has a few hundred bytes, but a command line may be long. */
const BODY_BYTES = 1_048_576;

/** Any operation. `run` takes an input that has passed its schema. */
interface AskedOperation {
  readonly input: {
    readonly safeParse: (
      input: unknown,
    ) => { success: true; data: unknown } | { success: false; error: { issues: readonly Issue[] } };
  };
  readonly run: (input: never, context: Context) => Promise<unknown>;
}

/** Answers calls of operations: with `{ fault }` for a wrong call, else with what the operation answers. */
export function asking(host: CarriedOperations, environment: WebEnvironment, readOnly: boolean) {
  return async (
    name: OperationName,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> => {
    const input = await inputOf(request, response);
    if (input === undefined) return;
    if (readOnly && !(await host.onlyLooks())(name, input))
      return replyFault(response, 403, { code: 'read-only', message: `This page only shows: ${name} is not allowed.` });
    const operation: AskedOperation = await host.operations[name]();
    const parsed = operation.input.safeParse(input);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const message = issue === undefined ? 'The input is wrong.' : host.describeIssue(issue);
      return replyFault(response, 400, { code: 'usage', message });
    }
    const works: (() => void)[] = [];
    const context: Context = {
      ...environment,
      cwd: placeOf(input, environment.cwd),
      signal,
      caller: 'pm web',
      // A read-only page does not mark endings as seen.
      ...(!readOnly && { answered: (work: () => void) => void works.push(work) }),
    };
    const answer = await operation.run(parsed.data as never, context).catch((error: unknown) => {
      if (!signal.aborted) replyFault(response, 400, faultOf(host, error));
    });
    if (answer === undefined || signal.aborted) return;
    const taken = once(response, 'finish', { signal }).catch(() => undefined);
    replyJson(response, 200, answer);
    if ((await taken) === undefined) return; // an ending counts as told only after the page has its answer
    for (const work of works) work();
  };
}

/** Where a call takes place: in the project of the directory that it names, else where the server was started. */
function placeOf(input: object, cwd: string): string {
  const { dir } = input as { dir?: unknown };
  if (typeof dir !== 'string' || !isAbsolute(dir)) return cwd;
  const project = dirname(dir);
  return existsSync(project) ? project : cwd;
}

/** The input of a call. Undefined if it is none: then it was answered. */
async function inputOf(request: IncomingMessage, response: ServerResponse): Promise<object | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) break;
    chunks.push(chunk);
  }
  if (bytes > BODY_BYTES) {
    replyFault(response, 413, { code: 'usage', message: `A call may have ${BODY_BYTES} bytes at most.` });
    return undefined;
  }
  try {
    const input: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (typeof input === 'object' && input !== null) return input;
  } catch {
    // It is answered below.
  }
  replyFault(response, 400, { code: 'usage', message: 'The input of a call is an object in JSON.' });
  return undefined;
}
