import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, kill, processAt, processesOf, textOf } from '../faults/processes.mjs';
import { MAIN } from '../stage.mjs';
import { openProxy } from './proxy.mjs';

/** A host has its own pids where that is possible. Then its death ends all of its processes at once. */
const OWN_PIDS = ['unshare', '-p', '-f', '--mount-proc'];
export const HAS_OWN_PIDS = spawnSync(OWN_PIDS[0], [...OWN_PIDS.slice(1), 'true']).status === 0;

/** What starts the worker of a host again when it has died, as a service manager does. It ends when the file is there. */
const KEEPER = 'while [ ! -e "$0" ]; do "$@"; sleep 0.3; done';

/** The variables of this process that hosts inherit. */
export const INHERITED = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PM_')));

/** The environment of everything on a host. `FLEET_URL` is the address of the engine, through the proxy of the host. */
export function environmentOf(name, home, mark, url) {
  return {
    ...INHERITED,
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    PM_FAULT: mark,
    FLEET_HOST: name,
    FLEET_URL: url,
  };
}

/** A folder with the configuration of a queue that an engine keeps. */
export function makeProject(folder, lease, steps) {
  mkdirSync(join(folder, '.git'), { recursive: true });
  const config = { queues: { gpu: { engine: 'env:FLEET_URL', lease } }, ...(steps !== undefined && { steps }) };
  writeFileSync(join(folder, 'pm.config.json'), JSON.stringify(config));
}

/** A host with a worker, its own folder, its own state folder and its own way to the engine. */
export async function openHost(name, { folder, engine, mark, lease, slots }) {
  const home = join(folder, name);
  makeProject(home, lease);
  const proxy = await openProxy(engine.port);
  const env = environmentOf(name, home, mark, engine.urlTo(proxy.port));
  const over = join(home, 'over');
  let keeper;
  const start = () => {
    const log = openSync(join(home, 'worker.log'), 'a');
    const worker = [process.execPath, MAIN, 'worker', 'gpu', '--name', name, '--slots', String(slots)];
    const [program, ...args] = [...(HAS_OWN_PIDS ? OWN_PIDS : []), 'sh', '-c', KEEPER, over, ...worker];
    const child = spawn(program, args, { cwd: home, env, stdio: ['ignore', log, log] });
    keeper = processAt(child.pid);
  };
  const processes = () => processesOfFleet(mark).filter(({ host }) => host === name);
  const die = async () => {
    for (let all = processes(); all.length > 0; all = processes()) {
      for (const one of all) kill(one);
      await sleep(10);
    }
  };
  start();
  return {
    name,
    home,
    proxy,
    start,
    die,
    processes,
    /** Asks its worker to end, which waits for what runs. */
    async drain() {
      writeFileSync(over, '');
      const told = new Set();
      while (isAlive(keeper)) {
        for (const one of processes()) {
          if (!isWorker(one) || told.has(one.pid)) continue;
          told.add(one.pid); // a second signal would end its runs
          kill(one, 'SIGTERM');
        }
        await sleep(500);
      }
      proxy.close();
    },
  };
}

export function isWorker({ argv }) {
  return argv[1] === MAIN && argv[2] === 'worker';
}

/** Every live process of the trial, with the host that it belongs to. */
export function processesOfFleet(mark) {
  return processesOf(`PM_FAULT=${mark}`).map((one) => {
    const host = textOf(`/proc/${one.pid}/environ`).match(/(?:^|\0)FLEET_HOST=([^\0]*)/)?.[1];
    return { ...one, host };
  });
}
