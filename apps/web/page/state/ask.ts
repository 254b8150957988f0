import type { Answer, LogAnswer, OperationName } from '@pm/operations';

/** What went wrong, in sentences for the user. */
export class AskError extends Error {}

/** The fault of a call, as the server reports it. */
interface Fault {
  readonly fault?: { readonly message: string; readonly next?: string };
}

/**
 * Asks the server for an operation.
 * @throws AskError if the server cannot be reached, refuses the call, or finds a fault in it
 */
export async function ask<Told extends Answer | LogAnswer>(
  operation: OperationName,
  input: Readonly<Record<string, unknown>>,
): Promise<Told> {
  const response = await fetch(`ask/${operation}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(input),
  }).catch(() => undefined);
  if (response === undefined) throw new AskError('The server does not answer. Check whether pm web still runs.');
  const told = (await response.json().catch(() => ({}))) as Told & Fault;
  const { fault } = told;
  if (fault !== undefined) throw new AskError([fault.message, fault.next].filter(Boolean).join(' '));
  if (!response.ok)
    throw new AskError('The server does not take this call. It may have been started with --read-only.');
  return told;
}

/** Reads data of the server. @throws AskError */
export async function read<T>(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  signal?: AbortSignal,
): Promise<T> {
  const response = await fetch(`${path}?${queryOf(query)}`, { signal: signal ?? null });
  const told = (await response.json().catch(() => ({}))) as T & Fault;
  const { fault } = told;
  if (fault !== undefined) throw new AskError([fault.message, fault.next].filter(Boolean).join(' '));
  if (!response.ok) throw new AskError('The server has no answer to this.');
  return told;
}

/** The query of an address. What is undefined is left out. */
export function queryOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}
