import type { Answer, LogAnswer, OperationName } from '@pm/operations';
import { doubtServer, isOurServer } from './server-proof.ts';

/** What went wrong, in sentences for the user. */
export class AskError extends Error {}

/** The server cannot be reached now. */
export class NoAnswerError extends AskError {
  constructor(options?: ErrorOptions) {
    super('The server does not answer. Check whether pm web still runs.', options);
  }
}

/** The fault of a call, as the server reports it. */
interface Fault {
  readonly fault?: { readonly message: string; readonly next?: string };
}

/**
 * Asks the server for an operation.
 * @throws AskError if the server cannot be reached, refuses the call, or finds a fault in it
 */
export function ask<Told extends Answer | LogAnswer>(
  operation: OperationName,
  input: Readonly<Record<string, unknown>>,
): Promise<Told> {
  return answerTo(`ask/${operation}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  });
}

/** Reads data of the server. @throws AskError; AbortError */
export function read<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
  return answerTo(`${path}?${queryOf(query)}`, { signal: signal ?? null });
}

async function answerTo<T>(address: string, request: RequestInit): Promise<T> {
  if (!(await isOurServer())) throw new NoAnswerError();
  request.signal?.throwIfAborted();
  const response = await fetch(address, request).catch((error: unknown) => {
    request.signal?.throwIfAborted();
    doubtServer();
    throw new NoAnswerError({ cause: error });
  });
  if (response.ok) return response.json();
  const { fault }: Fault = await response.json().catch(() => ({})); // a refused call has no body
  if (fault === undefined)
    throw new AskError(
      'The server does not know this address any more. Start pm web again and open the address that it prints.',
    );
  throw new AskError([fault.message, fault.next].filter(Boolean).join(' '));
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The query of an address. What is undefined is left out. */
export function queryOf(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
