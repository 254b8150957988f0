import { type EngineAddress, withoutSecrets } from './address.ts';
import { EngineError, wordsOf } from './engine-error.ts';
import type { EngineEvents, EngineOptions, EngineSession } from './session.ts';

/** An engine, connected when it is asked something. */
export interface Engine {
  /**
   * Does something at the engine.
   * @param what in words, for the error: `add an entry`
   * @throws EngineError, in time also if the engine does not answer
   */
  readonly ask: <T>(what: string, order: (session: EngineSession) => Promise<T>) => Promise<T>;
  /** Follows the events of the queue. @param on.end called once, when they can be followed no longer */
  readonly listen: (on: { readonly change: () => void; readonly end: () => void }) => Promise<EngineEvents>;
  /** Drops the connection. What is asked after this is refused. */
  readonly close: () => void;
}

/** Only the client of the kind that is named is loaded. */
export function openEngine(address: EngineAddress, options: EngineOptions): Engine {
  const { timeoutMs } = options;
  let opened: Promise<EngineSession> | undefined;
  const closing = new AbortController();
  const checkOpen = (): void => {
    if (closing.signal.aborted)
      throw new EngineError('unreachable', `The connection to ${NAMES[address.kind]} was closed here.`);
  };

  const open = async ({ signal } = closing): Promise<EngineSession> =>
    address.kind === 'redis'
      ? (await import('./redis.ts')).openRedis(address.url, options, signal)
      : (await import('./postgres.ts')).openPostgres(address.url, options, signal);

  const drop = (session: Promise<EngineSession> | undefined): void => {
    if (opened === session) opened = undefined;
    session?.then((one) => one.drop()).catch(() => {});
  };

  const session = async (): Promise<EngineSession> => {
    const known = opened;
    const live = await known?.catch(() => undefined);
    checkOpen(); // who asks on after the close would connect anew, and nobody would close that
    if (live !== undefined && !live.isLost()) return live;
    // Of several that ask at once, one connects.
    if (opened === known) {
      drop(known);
      opened = open();
    }
    return await (opened as Promise<EngineSession>);
  };

  return {
    async ask(what, order) {
      let used: Promise<EngineSession> | undefined;
      const answer = (async () => {
        const current = await session();
        used = opened;
        return await order(current);
      })();
      try {
        return await inTime(answer, timeoutMs);
      } catch (error) {
        const told = tell(error, what, address, timeoutMs);
        // A connection that did not answer is not used again: what is asked next would wait behind what was asked.
        if (told.problem === 'unreachable') drop(used ?? opened);
        throw told;
      }
    },
    async listen(on) {
      checkOpen();
      return address.kind === 'redis'
        ? (await import('./redis.ts')).listenToRedis(address.url, options, on)
        : (await import('./postgres.ts')).listenToPostgres(address.url, options, on);
    },
    close: () => {
      closing.abort(); // one that is being opened would keep the process alive: a suspended server accepts connections and never answers
      drop(opened);
    },
  };
}

const LATE = Symbol('late');

async function inTime<T>(answer: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(LATE), timeoutMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
    answer.catch(() => {}); // one that is late is told by nobody
  }
}

const NAMES = { redis: 'Redis', postgres: 'PostgreSQL' } as const;

/** The error that people get. That of the client is not kept as its cause: Redis clients put the password into it. */
function tell(error: unknown, what: string, address: EngineAddress, timeoutMs: number): EngineError {
  if (error instanceof EngineError) return error;
  const engine = `${NAMES[address.kind]} at ${address.shown}`;
  const words = withoutSecrets(wordsOf(error), address);
  if (error === LATE)
    return new EngineError(
      'unreachable',
      `${engine} did not answer within ${timeoutMs / 1000} s, so it is not known whether it did this: ${what}. Ask again when it answers.`,
    );
  if (isRefusal(error, words))
    return new EngineError(
      'refused',
      `${engine} refuses to ${what}: ${words}. Check the user, the password and the database in its URL.`,
    );
  if (isBroken(error, words))
    return new EngineError('unreachable', `${engine} cannot be reached to ${what}: ${words}. ${remedyFor(words)}`);
  return new EngineError('failed', `${engine} could not ${what}: ${words}`);
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
