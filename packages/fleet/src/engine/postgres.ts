import { Socket } from 'node:net';
import {
  createPostgresBackend,
  type PgPool,
  Queue,
  QueueEvents,
  runMigrations,
  SchemaMigrationRequiredError,
} from 'bullmq';
import pg from 'pg';
import { type Follower, followEvents } from './follow-events.ts';
import { postgresUrl } from './postgres-url.ts';
import {
  cut,
  type EngineEvents,
  type EngineOptions,
  type EngineSession,
  workerName,
  workerOptions,
} from './session.ts';

/** Where BullMQ keeps its tables. */
const SCHEMA = 'bullmq';

/** The longest name of a connection that PostgreSQL keeps. */
const MOST_NAME = 63;

/** Connects to PostgreSQL, and creates or updates the tables of BullMQ if they need it. @param closing ends the attempt @throws what the client throws */
export async function openPostgres(url: string, options: EngineOptions, closing: AbortSignal): Promise<EngineSession> {
  const { name, host, timeoutMs } = options;
  const application = host === undefined ? name : workerName(name, host);
  const { pool, drop, isLost } = openPool({ url, timeoutMs, application, max: 1 });
  const openQueue = async (): Promise<Queue> => {
    const queue = new Queue(
      name,
      { ...workerOptions(options), connection: pool as unknown as PgPool },
      createPostgresBackend,
    );
    queue.on('error', () => {}); // the order that met the error rejects
    await queue.waitUntilReady();
    return queue as unknown as Queue;
  };
  const giveUp = (): void => drop();
  closing.addEventListener('abort', giveUp);
  try {
    closing.throwIfAborted();
    const queue = await openQueue().catch(async (error: unknown) => {
      if (!(error instanceof SchemaMigrationRequiredError)) throw error;
      await migrate(pool);
      return await openQueue();
    });
    return { queue, isLost, drop, clockAheadMs: () => clockAheadMs(pool) };
  } catch (error) {
    drop();
    throw error;
  } finally {
    closing.removeEventListener('abort', giveUp);
  }
}

/** Listens to what happens in a queue on PostgreSQL. @param on.end called once, when it can listen no longer */
export function listenToPostgres(url: string, { name, timeoutMs }: EngineOptions, on: Follower): EngineEvents {
  const { pool, drop } = openPool({ url, timeoutMs, application: `${name}:qe`, max: 2 });
  const events = new QueueEvents(
    name,
    { autorun: false, connection: pool as unknown as PgPool },
    createPostgresBackend,
  );
  const { close } = followEvents(events, {
    ...on,
    end: () => {
      drop();
      on.end();
    },
  });
  return { close };
}

interface Pool {
  readonly pool: pg.Pool;
  readonly isLost: () => boolean;
  readonly drop: EngineSession['drop'];
}

interface PoolOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** What the connections are called. */
  readonly application: string;
  /** How many connections: one that asks, and one more that waits for events. */
  readonly max: 1 | 2;
}

function openPool({ url, timeoutMs, application, max }: PoolOptions): Pool {
  // Also those over which nobody has answered yet.
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: postgresUrl(url, SCHEMA),
    application_name: application.slice(0, MOST_NAME),
    max,
    connectionTimeoutMillis: timeoutMs,
    idleTimeoutMillis: 0,
    keepAlive: true,
    stream: () => {
      const socket = new Socket();
      sockets.add(socket);
      return socket;
    },
  });
  let isLost = false;
  pool.on('error', () => {
    isLost = true;
  });
  pool.on('connect', (client) => {
    client.on('error', () => {}); // what asks rejects; a connection that nobody uses is lost with its pool
  });
  const drop = (isCut = false): void => {
    isLost = true;
    for (const socket of sockets) isCut ? cut(socket) : socket.destroy();
    if (!pool.ending) pool.end().catch(() => {});
  };
  return { pool, isLost: () => isLost, drop };
}

async function migrate(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client, SCHEMA);
  } finally {
    client.release();
  }
}

/** BullMQ compares the leases of PostgreSQL with the clocks of the hosts. The middle of the question is when the database answered. */
async function clockAheadMs(pool: pg.Pool): Promise<number> {
  const before = Date.now();
  const { rows } = await pool.query('SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now');
  const after = Date.now();
  const now = Number(rows[0]?.now);
  if (now >= before && now <= after) return 0;
  return now < before ? before - now : after - now;
}
