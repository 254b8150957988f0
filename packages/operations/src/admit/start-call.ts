import { exactDuration } from '@pm/protocol/text';
import type { StartInput } from '../project/start-request.ts';
import type { Next } from '../shape/answer.ts';

/** The verbs that start a command. */
export type StartVerb = 'start' | 'run' | 'ensure';

/** What `start`, `run` and `ensure` were asked, parsed: `start` also has `wait`, `waitReady` and `budget`. */
export type AskedStart = StartInput & {
  readonly wait?: boolean | undefined;
  readonly waitReady?: boolean | undefined;
  readonly budget?: number | undefined;
};

const DURATIONS = 'timeout hardTimeout grace stale quietAfter beat backoff resetAfter budget readyTimeout'.split(' ');

/**
 * The same start as a call, with some of its fields replaced, so that every option of the caller is kept.
 * @param change fields in the form in which callers write them; undefined leaves one out
 */
export function startCall(verb: StartVerb, asked: AskedStart, change: Partial<AskedStart>, why: string): Next {
  return { operation: verb, input: fieldsAsWritten(withoutAddresses({ ...asked, ...change })), why };
}

/** The fields of a parsed call as callers write them, without those that are not there. */
export function fieldsAsWritten(call: object): Record<string, unknown> {
  const fields = Object.entries(call).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([name, value]) => [name, asWritten(name, value)]));
}

function asWritten(name: string, value: unknown): unknown {
  if (name === 'logCap') return String(value);
  if (!DURATIONS.includes(name)) return value;
  return value === null ? 'none' : exactDuration(Number(value));
}

/** An address often holds a token, and an answer is kept and passed on. */
function withoutAddresses<T extends Partial<AskedStart>>(fields: T): T {
  const words = fields.notify?.filter((word) => !/^https?:/i.test(word));
  return words === undefined ? fields : { ...fields, notify: words.length > 0 ? words : undefined };
}
