import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { kill } from '../faults/processes.mjs';
import { MAIN, median, preciseNow } from '../stage.mjs';
import { openEngine } from './engines.mjs';
import { environmentOf, INHERITED, makeProject, openHost, processesOfFleet } from './hosts.mjs';

const PLAIN = fileURLToPath(new URL('plain.mjs', import.meta.url));
const fromFleet = createRequire(new URL('../../packages/fleet/package.json', import.meta.url));
/** The job writes when its first and its last instruction were. It takes so long that whoever waits for it is ready. */
const STAMP = 'date +%s%N > "$0/$1.began"; sleep "$2"; date +%s%N > "$0/$1.ended"';
const LASTS_S = '1.5';
/** How long the cost of what stands still is measured, s. */
const WATCHED_S = 10;

/** How long the ways take, beside plain BullMQ, and what they cost the engine. */
export async function trial(kind, folder, { entries: trials }) {
  const mark = `${process.pid}-${kind}-${Date.now()}`;
  const facts = join(folder, 'facts');
  const engine = await openEngine(kind);
  const url = engine.urlTo(engine.port);
  const home = join(folder, 'project-0');
  const other = join(folder, 'project-1');
  for (const project of [home, other]) makeProject(project, '30s');
  const submitter = { cwd: home, env: environmentOf('project-0', home, mark, url) };
  const [host] = [await openHost('host-0', { folder, engine, mark, lease: '30s', slots: 2 })];
  const worker = spawn(process.execPath, [PLAIN, 'worker', url], {
    env: INHERITED,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await said(worker);
    const ours = { began: [], told: [], waited: [] };
    const theirs = { began: [], told: [], waited: [] };
    // Before the first: its worker connects, its tables are made, and its resident starts.
    await oursOnce('warm', ours);
    await theirsOnce('warm', theirs);
    for (const all of [ours, theirs]) for (const list of Object.values(all)) list.length = 0;
    for (let n = 0; n < trials; n += 1) {
      await oursOnce(`job${n}`, ours);
      await theirsOnce(`job${n}`, theirs);
    }
    const line = (name) => {
      const [a, b] = [median(ours[name]), median(theirs[name])];
      return `${a.toFixed(0)} ms, plain ${b.toFixed(0)} ms: ${(a / b).toFixed(1)} ×`;
    };
    worker.kill();
    const cost = await openMeter(kind, url);
    const perSecond = async (seconds) => {
      const before = await cost();
      await sleep(seconds * 1_000);
      return difference(await cost(), before, seconds);
    };
    const idle = await perSecond(WATCHED_S);
    const beforeShort = await cost();
    for (let n = 0; n < trials; n += 1) await pm('run', '--queue', 'gpu', `short${n}`, '--', 'true');
    const short = difference(await cost(), beforeShort, trials);
    await pm('start', '--queue', 'gpu', 'long', '--', 'sleep', String(WATCHED_S + 20));
    const waiting = spawn(process.execPath, [MAIN, 'wait', 'long'], { ...submitter, stdio: 'ignore' });
    await sleep(5_000);
    const running = await perSecond(WATCHED_S);
    kill({ ...processesOfFleet(mark).find(({ pid }) => pid === waiting.pid) });
    await pm('stop', 'long');
    await pm('queue', 'pause', 'gpu');
    for (let n = 0; n < 10; n += 1) await pm('start', '--queue', 'gpu', `later${n}`, '--', 'true');
    await sleep(2_000);
    const queued = await perSecond(WATCHED_S);
    const shown = (value, unit) => `${value.commands.toFixed(1)} commands, ${value.ms.toFixed(2)} ms ${unit}`;
    const counts = {
      'pm start called → first instruction': line('began'),
      'pm start returned': line('told'),
      'job ended → pm wait returned': line('waited'),
      'one worker without work': shown(idle, 'a second'),
      'an entry of a short job, pm run': shown(short, 'in all'),
      'a run that goes on, and one pm wait': shown(minus(running, idle, 1), 'a second'),
      'an entry that waits, and its resident': shown(minus(queued, idle, 10), 'a second'),
    };
    await cost.close();
    return { counts };
  } finally {
    worker.kill();
    for (let left = processesOfFleet(mark); left.length > 0; left = processesOfFleet(mark)) {
      for (const target of left) kill(target);
      await sleep(10);
    }
    await engine.remove();
    host.proxy.close();
  }

  async function oursOnce(name, into) {
    const from = preciseNow();
    await pm('start', '--queue', 'gpu', name, '--', 'sh', '-c', STAMP, facts, `ours-${name}`, LASTS_S);
    into.told.push(preciseNow() - from);
    await exited(spawn(process.execPath, [MAIN, 'wait', name], { ...submitter, stdio: 'ignore' }));
    note(into, `ours-${name}`, from);
  }

  async function theirsOnce(name, into) {
    const from = preciseNow();
    const job = ['sh', '-c', STAMP, facts, `theirs-${name}`, LASTS_S];
    await exited(spawn(process.execPath, [PLAIN, 'add', url, name, ...job], { env: INHERITED, stdio: 'inherit' }));
    into.told.push(preciseNow() - from);
    await exited(spawn(process.execPath, [PLAIN, 'wait', url, name], { env: INHERITED, stdio: 'ignore' }));
    note(into, `theirs-${name}`, from);
  }

  function note(into, name, from) {
    into.waited.push(preciseNow() - stamp(`${name}.ended`));
    into.began.push(stamp(`${name}.began`) - from);
  }

  function stamp(name) {
    return Number(readFileSync(join(facts, name), 'utf8')) / 1e6;
  }

  function pm(...args) {
    return exited(spawn(process.execPath, [MAIN, ...args], { ...submitter, stdio: 'ignore' }));
  }
}

function exited(child) {
  return new Promise((resolve) => child.once('exit', resolve));
}

function said(child) {
  return new Promise((resolve) => child.stdout.once('data', resolve));
}

/** Reads how many commands an engine has carried out, those inside of scripts counted, and how long they took. */
async function openMeter(kind, url) {
  if (kind === 'redis') {
    const { Redis } = fromFleet('ioredis');
    const client = new Redis(url);
    const read = async () => {
      const lines = [...(await client.info('commandstats')).matchAll(/^cmdstat_(\S+?):calls=(\d+),usec=(\d+)/gm)];
      const sum = (n, of) => of.reduce((total, line) => total + Number(line[n]), 0);
      // What runs inside of a script is in the time of the script already. What waits, such as a read that blocks, is not counted as time.
      return {
        commands: sum(2, lines),
        ms:
          sum(
            3,
            lines.filter(([, name]) => /^evalsha|^eval$/.test(name)),
          ) / 1_000,
      };
    };
    return Object.assign(read, { close: () => client.quit() });
  }
  const pg = fromFleet('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const read = async () => {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query(
      "SELECT xact_commit + xact_rollback AS n, active_time AS ms FROM pg_stat_database WHERE datname = 'postgres'",
    );
    return { commands: Number(rows[0].n), ms: Number(rows[0].ms) };
  };
  return Object.assign(read, { close: () => client.end() });
}

function difference(now, before, by) {
  return { commands: (now.commands - before.commands) / by, ms: (now.ms - before.ms) / by };
}

function minus(one, other, by) {
  return { commands: (one.commands - other.commands) / by, ms: (one.ms - other.ms) / by };
}
