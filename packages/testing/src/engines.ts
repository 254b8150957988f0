import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { until } from './until.ts';

/** A password with characters that a URL has to escape. */
export const PASSWORD = 'p@ss/w:rd#1';

/** A real server on loopback, with its data in a temporary folder. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** Makes it as if the lease of an entry had run out. */
  readonly expire: (queue: string, id: string) => Promise<void>;
  /** Ends the server and keeps its data, until `start` is called. */
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Stops all of its processes with SIGSTOP: connections stay, and nothing is answered. */
  readonly suspend: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Ends it and removes its data. */
  readonly remove: () => Promise<void>;
}

/** A kind of server: whether it is installed here, and how it is started. */
export interface ServerKind {
  readonly name: string;
  readonly isHere: boolean;
  readonly start: () => Promise<Server>;
}

const REDIS = found(['redis-server', 'valkey-server'], []);
const POSTGRES_BIN = folderOfPostgres();

export const SERVERS: readonly ServerKind[] = [
  { name: 'Redis', isHere: REDIS !== undefined, start: startRedis },
  { name: 'PostgreSQL', isHere: POSTGRES_BIN !== undefined, start: startPostgres },
];

async function startRedis(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-redis-'));
  const port = await freePort();
  writeFileSync(
    join(folder, 'redis.conf'),
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nrequirepass "${PASSWORD}"\nappendonly yes\nappendfsync always\nsave ""\n`,
  );
  const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
  const run = serverIn(REDIS ?? '', ['redis.conf'], folder, {});
  const order = async <T>(act: (client: Redis) => Promise<T>): Promise<T> => {
    const client = new Redis(url, { retryStrategy: () => null, lazyConnect: true });
    client.on('error', () => {});
    try {
      await client.connect();
      return await act(client);
    } finally {
      client.disconnect();
    }
  };
  return await serve(run, folder, url, {
    isUp: () => order((client) => client.ping()),
    expire: (queue, id) => order((client) => client.del(`bull:pm-${queue}:${id}:lock`)),
  });
}

async function startPostgres(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'pm-postgres-'));
  const port = await freePort();
  const data = join(folder, 'data');
  const bin = POSTGRES_BIN ?? '';
  const user = ordinaryUser();
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const passwords = join(folder, 'password');
  writeFileSync(passwords, `${PASSWORD}\n`);
  if (user.uid !== undefined) chownSync(passwords, user.uid, user.gid ?? user.uid);
  const init = ['-D', data, '-U', 'pm', '-A', 'scram-sha-256', '--pwfile', passwords, '--no-sync', '-E', 'UTF8'];
  execFileSync(join(bin, 'initdb'), init, { ...user, cwd: folder, stdio: 'ignore' });
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, fsync: 'off' };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const url = `postgres://pm:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/postgres`;
  const order = async (text: string, values: string[] = []): Promise<unknown> => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return await client.query(text, values);
    } finally {
      await client.end().catch(() => {});
    }
  };
  const run = serverIn(join(bin, 'postgres'), ['-D', data, ...args], folder, user);
  return await serve(run, folder, url, {
    isUp: () => order('SELECT 1'),
    expire: (queue, id) =>
      order('UPDATE bullmq.job SET locked_until_ms = 1 WHERE queue = $1 AND id = $2', [`pm-${queue}`, id]),
  });
}

interface Orders {
  readonly isUp: () => Promise<unknown>;
  readonly expire: (queue: string, id: string) => Promise<unknown>;
}

async function serve(run: () => ChildProcess, folder: string, url: string, orders: Orders): Promise<Server> {
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = run();
    await until(() => orders.isUp().then(Boolean, () => false), 'the server answers');
  };
  const stop = async (): Promise<void> => {
    const ended = child;
    child = undefined;
    if (ended === undefined || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = new Promise((resolve) => ended.once('exit', resolve));
    ended.kill('SIGQUIT'); // PostgreSQL leaves at once, Redis as well
    ended.kill('SIGCONT');
    await exit;
  };
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const { pid } = child ?? {};
    if (pid === undefined || pid <= 1) throw new Error('the server does not run');
    for (const one of [pid, ...childrenOf(pid)]) process.kill(one, name);
  };
  await start();
  return {
    suspend: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    url,
    get pid() {
      return child?.pid ?? 0;
    },
    start,
    stop,
    expire: async (queue, id) => void (await orders.expire(queue, id)),
    remove: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serverIn(program: string, args: string[], cwd: string, user: OrdinaryUser): () => ChildProcess {
  return () => spawn(program, args, { cwd, stdio: 'ignore', ...user });
}

/** The processes that PostgreSQL has for its connections. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map(Number)
    .filter((one) => one > 1);
}

interface OrdinaryUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser(): OrdinaryUser {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout));
    if (uid !== undefined && uid > 0 && gid !== undefined && gid > 0) return { uid, gid };
  }
  throw new Error('there is no user that PostgreSQL could run as');
}

function folderOfPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const initdb = found(
    ['initdb'],
    versions.map((version) => join(debian, version, 'bin')),
  );
  return initdb === undefined ? undefined : join(initdb, '..');
}

function found(names: readonly string[], more: readonly string[]): string | undefined {
  const folders = [...more, ...(process.env['PATH'] ?? '').split(':')];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
