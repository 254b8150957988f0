import { type EngineAddress, withoutSecrets } from './address.ts';
import { EngineError, wordsOf } from './engine-error.ts';

/** What is thrown if an engine has not answered in time. */
export const LATE = Symbol('late');

/** What people call the engines. */
export const NAMES = { redis: 'Redis', postgres: 'PostgreSQL' } as const;

/** The error that people get. That of the client is not kept as its cause: Redis clients put the password into it. */
export function tell(
  error: unknown,
  what: string,
  address: EngineAddress,
  { timeoutMs, isInDoubt }: { readonly timeoutMs: number; readonly isInDoubt: boolean },
): EngineError {
  if (error instanceof EngineError) return error;
  const engine = `${NAMES[address.kind]} at ${address.shown}`;
  const words = withoutSecrets(wordsOf(error), address).replace(/\.$/, '');
  if (error === LATE) {
    const so = isInDoubt ? 'it is not known whether it did this' : 'this was not done';
    return new EngineError(
      'unreachable',
      `${engine} did not answer within ${timeoutMs / 1000} s, so ${so}: ${what}. Ask again when it answers.`,
      isInDoubt,
    );
  }
  if (isRefusal(error, words))
    return new EngineError(
      'refused',
      `${engine} refuses to ${what}: ${words}. Check the user, the password and the database in its URL.`,
    );
  if (isBroken(error, words))
    return new EngineError(
      'unreachable',
      `${engine} cannot be reached to ${what}: ${words}. ${remedyFor(words)}`,
      isInDoubt,
    );
  return new EngineError('failed', `${engine} could not ${what}: ${words}`, isInDoubt);
}

/**
 * Whether the engine itself has said no: then it has changed nothing. A database that ends a connection (57P0x, 08xxx) may have done before what
 * it was told. BullMQ gives the answers of its scripts negative numbers.
 */
export function isAnswer(error: unknown): boolean {
  const { name, code, severity } = Object(error) as { name?: unknown; code?: unknown; severity?: unknown };
  if (name === 'ReplyError' || (typeof code === 'number' && code < 0)) return true;
  return typeof severity === 'string' && !/^(?:57P0\d|08\d{3})$/.test(String(code));
}

function remedyFor(words: string): string {
  if (/certificate/.test(words)) return 'Name the certificate of its authority in NODE_EXTRA_CA_CERTS.';
  return /too many|max number of clients/.test(words) ? 'Let it accept more clients.' : 'Start it, or correct its URL.';
}

function isRefusal(error: unknown, words: string): boolean {
  const { code } = Object(error) as { code?: unknown };
  return (
    ['28P01', '28000', '3D000', '42501'].includes(String(code)) || /WRONGPASS|NOAUTH|NOPERM|\bAUTH\b|SASL/.test(words)
  );
}

function isBroken(error: unknown, words: string): boolean {
  const { code } = Object(error) as { code?: unknown };
  return (
    /^(?:E[A-Z]{3,}|57P0\d|08\d{3}|53300|CERT_.*|DEPTH_ZERO.*|UNABLE_.*|SELF_.*)$/.test(String(code)) ||
    /closed|terminated|writeable|timeout|timed out|LOADING|READONLY|MASTERDOWN|starting up|shutting down|recovery|Client network socket/i.test(
      words,
    )
  );
}
