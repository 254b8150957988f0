import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, kill, processAt } from '../faults/processes.mjs';

/** The password of each engine. It has to appear nowhere. */
export const PASSWORD = `secret-${process.pid}-of-the-engine`;

const POSTGRES_BIN = folderOfPostgres();
const REDIS = programIn(['redis-server', 'valkey-server'], pathOf());

/** The engines that a trial can use here. */
export const ENGINES = {
  redis: { name: 'Redis', isHere: REDIS !== undefined, make: redisIn },
  postgres: { name: 'PostgreSQL', isHere: POSTGRES_BIN !== undefined, make: postgresIn },
};

/** Starts an engine with its data in a folder of its own. Nothing that it said it has done is lost when it is killed. */
export async function openEngine(kind) {
  const folder = mkdtempSync(join(tmpdir(), 'pm-fleet-engine-'));
  const port = await freePort();
  const { program, args, user, urlTo } = ENGINES[kind].make(folder, port);
  let child;
  const start = async () => {
    for (;;) {
      child = spawn(program, args, { cwd: folder, stdio: 'ignore', ...user });
      const own = child;
      const hasEnded = () => own.exitCode !== null || own.signalCode !== null;
      while (!hasEnded() && !(await accepts(port))) await sleep(50);
      if (!hasEnded()) return;
      await sleep(200); // PostgreSQL waits until the processes of the one before are gone
    }
  };
  const processes = () => {
    const { stdout } = spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' });
    return [child.pid, ...stdout.split('\n').map(Number)]
      .filter((pid) => pid > 1)
      .flatMap((pid) => processAt(pid) ?? []);
  };
  const die = async () => {
    const all = processes();
    for (const one of all) kill(one);
    while (all.some(isAlive)) await sleep(10);
  };
  const remove = async () => {
    await die();
    rmSync(folder, { recursive: true, force: true });
  };
  const signal = (name) => {
    for (const one of processes()) kill(one, name);
  };
  await start();
  return { port, urlTo, start, die, remove, signal };
}

function redisIn(folder, port) {
  writeFileSync(
    join(folder, 'redis.conf'),
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nrequirepass ${PASSWORD}\nappendonly yes\nappendfsync always\nsave ""\n`,
  );
  return { program: REDIS, args: ['redis.conf'], user: {}, urlTo: (at) => `redis://:${PASSWORD}@127.0.0.1:${at}` };
}

function postgresIn(folder, port) {
  const user = ordinaryUser();
  const data = join(folder, 'data');
  const passwords = join(folder, 'password');
  writeFileSync(passwords, `${PASSWORD}\n`);
  if (user.uid !== undefined) for (const path of [folder, passwords]) chownSync(path, user.uid, user.gid);
  const init = ['-D', data, '-U', 'pm', '-A', 'scram-sha-256', '--pwfile', passwords, '--no-sync', '-E', 'UTF8'];
  execFileSync(join(POSTGRES_BIN, 'initdb'), init, { ...user, cwd: folder, stdio: 'ignore' });
  const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, fsync: 'off' };
  return {
    program: join(POSTGRES_BIN, 'postgres'),
    args: ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    user,
    urlTo: (at) => `postgres://pm:${PASSWORD}@127.0.0.1:${at}/postgres`,
  };
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser() {
  if (process.getuid() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout));
    if (uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Error('there is no user that PostgreSQL could run as');
}

function folderOfPostgres() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const initdb = programIn(['initdb'], [...versions.map((version) => join(debian, version, 'bin')), ...pathOf()]);
  return initdb && join(initdb, '..');
}

function programIn(names, folders) {
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync);
}

function pathOf() {
  return (process.env.PATH ?? '').split(':');
}

async function accepts(port) {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}

export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
