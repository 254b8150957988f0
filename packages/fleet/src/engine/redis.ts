import { createRedisBackend, Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { type Follower, followEvents } from './follow-events.ts';
import {
  cut,
  type EngineEvents,
  type EngineOptions,
  type EngineSession,
  workerName,
  workerOptions,
} from './session.ts';

/** How long Redis gets to close a connection from its side, too: until then the process stays alive. */
const CLOSING_MS = 100;

/** Connects to Redis. @param closing ends the attempt @throws what the client throws */
export async function openRedis(url: string, options: EngineOptions, closing: AbortSignal): Promise<EngineSession> {
  const { name, host, timeoutMs } = options;
  const client = new Redis(url, {
    ...(host !== undefined && { connectionName: workerName(`bull:${Buffer.from(name).toString('base64')}`, host) }),
    lazyConnect: true,
    connectTimeout: timeoutMs,
    disconnectTimeout: CLOSING_MS,
    // An order is sent once. One that is sent again after a lost connection could take two entries.
    retryStrategy: () => null,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  let failure: unknown;
  client.on('error', (error) => {
    failure ??= error;
  });
  const over = AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]);
  const giveUp = (): void => client.disconnect();
  over.addEventListener('abort', giveUp);
  try {
    over.throwIfAborted();
    await client.connect();
    const queue = new Queue(name, { ...workerOptions(options), connection: client });
    queue.on('error', () => {}); // the order that met the error rejects
    await queue.waitUntilReady(); // asks for the version of the server, which the user may not be allowed to do
    return sessionOf(queue, client);
  } catch (error) {
    client.disconnect();
    throw failure ?? error;
  } finally {
    over.removeEventListener('abort', giveUp);
  }
}

function sessionOf(queue: Queue, client: Redis): EngineSession {
  return {
    queue,
    isLost: () => client.status !== 'ready',
    drop: (isCut = false) => {
      const { stream } = client;
      client.disconnect();
      if (isCut) cut(stream);
    },
  };
}

/** Listens to what happens in a queue on Redis. @param on.end called once, when it can listen no longer */
export function listenToRedis(url: string, { name, timeoutMs }: EngineOptions, on: Follower): EngineEvents {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    disconnectTimeout: CLOSING_MS,
    maxRetriesPerRequest: null,
    retryStrategy: () => null,
  });
  client.on('error', () => {}); // the events say it
  // With a connection of its own, BullMQ would wait for an answer before it closes that.
  const shared: typeof createRedisBackend = (...args) => createRedisBackend(args[0], args[1]);
  const events = new QueueEvents(name, { autorun: false, connection: client }, shared);
  return followEvents(events, {
    ...on,
    end: () => {
      client.disconnect();
      on.end();
    },
  });
}
