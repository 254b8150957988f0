import { plain } from '../text/plain-text.ts';
import type { CliExit } from './verb-call.ts';
import { isVerb } from './verbs.ts';

/** What went wrong, for people and programs: what and where, and the next step to take. */
export interface CliError {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** How the program ends after a fault, where its code does not say. */
export type ExitOverride = Partial<CliExit>;

/** A mistake in a call, to be thrown. Its message begins with the call: `pm start: …`. */
export function usageError(message: string, next: string): Error & CliError {
  return Object.assign(new Error(message), { code: 'usage', next });
}

/** Our own end before there was an answer: by a signal, or because nobody reads any more. */
export function interruptedError(
  message: string,
  next: string,
  consequence: ExitOverride,
): Error & CliError & ExitOverride {
  return Object.assign(new Error(message), { code: 'interrupted', next, ...consequence });
}

/**
 * Any thrown value as a fault. Ours are known by their code and next step, never by their class.
 * @param invocation how the next call can be written: an operation that knows it not writes `pm`
 */
export function cliErrorOf(error: unknown, { PM_DEBUG }: NodeJS.ProcessEnv, invocation: string): CliError {
  if (isFault(error)) return { code: error.code, message: error.message, next: asCalled(error.next, invocation) };
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error && PM_DEBUG ? error.stack : undefined;
  return {
    code: 'unexpected',
    message: `unexpected: ${stack ?? message}`,
    next: PM_DEBUG ? 'report this as a bug' : 'again with PM_DEBUG=1 in the environment shows where',
  };
}

/** What a fault says of our ending. */
export function exitOverrideOf(error: unknown): ExitOverride {
  const { status, left } = Object(error) as { status?: unknown; left?: unknown };
  return { ...(typeof status === 'number' && { status }), ...(left === true && { left }) };
}

/** A fault as a terminal shows it. */
export function errorText(fault: CliError): string {
  const message = plain(fault.message);
  return `${message.startsWith('pm ') ? '' : 'pm: '}${message}\npm: next: ${plain(fault.next)}\n`;
}

/** A sentence that has the invocation already may have somebody's own command as well, which stays as it is. */
function asCalled(sentence: string, invocation: string): string {
  if (sentence.includes(invocation)) return sentence;
  return sentence.replace(/(?<=^|[\s(`])pm (?=([a-z]+))/g, (words, verb: string) =>
    verb === 'help' || isVerb(verb) ? `${invocation} ` : words,
  );
}

function isFault(error: unknown): error is CliError {
  const { code, message, next } = Object(error) as Partial<Record<keyof CliError, unknown>>;
  return typeof code === 'string' && typeof message === 'string' && typeof next === 'string';
}
