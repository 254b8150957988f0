import { cutMiddle } from '@pm/operations';
import { plain } from '../text/plain-text.ts';
import type { CliExit } from './verb-call.ts';
import { isVerb } from './verbs.ts';

/** What went wrong and where, and what to do next. The same for people and for `--json`. */
export interface CliError {
  readonly code: string;
  readonly message: string;
  readonly next: string;
}

/** How the program exits after an error, where that does not follow from the error's code. */
export type ExitOverride = Partial<CliExit>;

/** The longest message and the longest next step, in bytes: both may quote what was given. */
const MESSAGE_BYTES = 1_500;
const NEXT_BYTES = 4_000;

/** An error to throw for a wrong call. Its message begins with the verb: `pm start: …`. */
export function usageError(message: string, next: string): Error & CliError {
  return Object.assign(new Error(message), { code: 'usage', next });
}

/** An error to throw if pm ends before it could answer: a signal came, or the output was closed. */
export function interruptedError(message: string, next: string, exit: ExitOverride): Error & CliError & ExitOverride {
  return Object.assign(new Error(message), { code: 'interrupted', next, ...exit });
}

/**
 * Turns any thrown value into an error to show. pm's own errors are recognised by `code` and `next`, never by their class.
 * @param invocation how the caller wrote `pm`; it replaces `pm` in the next step of an operation
 */
export function cliErrorOf(error: unknown, { PM_DEBUG }: NodeJS.ProcessEnv, invocation: string): CliError {
  if (isCliError(error))
    return {
      code: error.code,
      message: cutMiddle(error.message, MESSAGE_BYTES),
      next: shortNext(withInvocation(error.next, invocation), invocation),
    };
  const message = cutMiddle(error instanceof Error ? error.message : String(error), MESSAGE_BYTES);
  const stack = error instanceof Error && PM_DEBUG ? error.stack : undefined;
  return {
    code: 'unexpected',
    message: `unexpected: ${stack ?? message}`,
    next: PM_DEBUG ? 'report this as a bug' : 'run it again with PM_DEBUG=1 to see where',
  };
}

/** The exit that an `interruptedError` asks for; empty for any other error, whatever fields it has. */
export function exitOverrideOf(error: unknown): ExitOverride {
  const { code, exitCode, hasUnfinishedWork } = Object(error) as Partial<CliExit & CliError>;
  if (code !== 'interrupted') return {};
  return { ...(exitCode !== undefined && { exitCode }), ...(hasUnfinishedWork === true && { hasUnfinishedWork }) };
}

/** An error as text for stderr. */
export function errorText(error: CliError): string {
  const message = plain(error.message);
  return `${message.startsWith('pm ') ? '' : 'pm: '}${message}\npm: next: ${plain(error.next)}\n`;
}

/** A call that is too long to be typed again is replaced by the page that explains it: half of it would be another call. */
function shortNext(next: string, invocation: string): string {
  if (Buffer.byteLength(next) <= NEXT_BYTES) return next;
  const [verb = ''] = next.startsWith(`${invocation} `) ? next.slice(invocation.length + 1).split(' ', 1) : [];
  return isVerb(verb) ? `${invocation} ${verb} --help` : cutMiddle(next, NEXT_BYTES);
}

/** A sentence that already has the invocation is not changed: a `pm` in it may belong to the user's own command. */
function withInvocation(sentence: string, invocation: string): string {
  if (sentence.includes(invocation)) return sentence;
  return sentence.replace(/(?<=^|[\s(`])pm (?=([a-z]+))/g, (words, verb: string) =>
    verb === 'help' || isVerb(verb) ? `${invocation} ` : words,
  );
}

function isCliError(error: unknown): error is CliError {
  const { code, message, next } = Object(error) as Partial<Record<keyof CliError, unknown>>;
  return typeof code === 'string' && typeof message === 'string' && typeof next === 'string';
}
