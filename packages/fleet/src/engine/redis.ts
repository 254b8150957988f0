import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { follow } from './follow.ts';
import { type EngineEvents, type EngineOptions, type EngineSession, workerName, workerOptions } from './session.ts';

/** Connects to Redis. @throws what the client throws */
export async function openRedis(url: string, options: EngineOptions): Promise<EngineSession> {
  const { name, host, timeoutMs } = options;
  const client = new Redis(url, {
    ...(host !== undefined && { connectionName: workerName(`bull:${Buffer.from(name).toString('base64')}`, host) }),
    lazyConnect: true,
    connectTimeout: timeoutMs,
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
  try {
    await client.connect();
    const queue = new Queue(name, { ...workerOptions(options), connection: client });
    queue.on('error', () => {}); // the order that met the error rejects
    await queue.waitUntilReady(); // asks for the version of the server, which the user may not be allowed to do
    return {
      queue,
      isLost: () => client.status !== 'ready',
      drop: () => client.disconnect(),
    };
  } catch (error) {
    client.disconnect();
    throw failure ?? error;
  }
}

/** Listens to what happens in a queue on Redis. @param onEnd called once, when it can listen no longer */
export function listenToRedis(
  url: string,
  { name }: EngineOptions,
  on: { readonly change: () => void; readonly end: () => void },
): EngineEvents {
  const events = new QueueEvents(name, {
    autorun: false,
    connection: { url, maxRetriesPerRequest: null, retryStrategy: () => null },
  });
  return follow(events, on);
}
