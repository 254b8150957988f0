import type { EngineAddress } from './address.ts';
import { EngineError } from './engine-error.ts';
import { isAnswer, LATE, NAMES, tell } from './failure.ts';
import type { Follower } from './follow-events.ts';
import type { EngineEvents, EngineOptions, EngineSession } from './session.ts';

/** An engine, connected when it is asked something. */
export interface Engine {
  /**
   * Does something at the engine. What was given up is not begun later.
   * @param what in words, for the error: `add an entry`
   * @param kind whether the order changes anything at the engine
   * @throws EngineError, in time also if the engine does not answer
   */
  readonly ask: <T>(
    what: string,
    order: (session: EngineSession) => Promise<T>,
    kind?: 'changes' | 'reads',
  ) => Promise<T>;
  /** Follows the events of the queue. */
  readonly listen: (on: Follower) => Promise<EngineEvents>;
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

  const drop = (session: Promise<EngineSession> | undefined, isCut = false): void => {
    if (opened === session) opened = undefined;
    session?.then((one) => one.drop(isCut)).catch(() => {});
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
    async ask(what, order, kind = 'changes') {
      // Loading it takes long on a busy machine. The engine is not late meanwhile.
      await (address.kind === 'redis' ? import('./redis.ts') : import('./postgres.ts'));
      let used: Promise<EngineSession> | undefined;
      let isGivenUp = false;
      const answer = (async () => {
        const current = await session();
        if (isGivenUp) throw LATE;
        used = opened;
        return await order(current);
      })();
      try {
        return await inTime(answer, timeoutMs);
      } catch (error) {
        isGivenUp = true;
        const isInDoubt = used !== undefined && kind === 'changes' && !isAnswer(error);
        const told = tell(error, what, address, { timeoutMs, isInDoubt });
        // A connection that did not answer is not used again: what is asked next would wait behind what was asked.
        if (told.problem === 'unreachable') drop(used ?? opened, true);
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
