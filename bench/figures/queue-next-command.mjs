import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, ms, pm, pmInBackground, project, timed } from '../stage.mjs';

export const title = 'a slot freed until the first instruction of the next command in the queue';
export const budget = '0.83 × one `node -e 0`, and 4 kB of disk for an entry that waits';

const JOBS = 20;
/** Each job writes when it began and when it ended. It takes so long that whoever started it is ready again. */
const STAMP = 'echo "began $(date +%s%N)" >> times; sleep 0.2; echo "ended $(date +%s%N)" >> times';

export async function measure() {
  const cwd = project();
  const state = mkdtempSync(join(tmpdir(), 'pm-bench-state-'));
  process.env.XDG_STATE_HOME = state;
  process.on('exit', () => spawnSync('rm', ['-rf', state]));
  pm(cwd, 'start', 'first', '--queue', 'bench', '--', 'sh', '-c', 'while [ ! -e go-on ]; do sleep 0.05; done');
  for (let i = 0; i < JOBS; i++) pm(cwd, 'start', `job${i}`, '--queue', 'bench', '--', 'sh', '-c', STAMP);
  const bytes = bytesOfEntries(cwd, state);
  const node = Array.from({ length: JOBS }, () => timed(process.execPath, ['-e', '0']));
  const waiter = pmInBackground(cwd, 'wait', ...Array.from({ length: JOBS }, (_, i) => `job${i}`));
  waiter.stdout.resume();
  spawnSync('touch', ['go-on'], { cwd });
  await new Promise((resolve) => waiter.once('exit', resolve));
  const gaps = gapsIn(`${cwd}/times`);
  const ratio = median(gaps) / median(node);
  const peers = [taskSpooler(), nq(), gnuParallel(), pueue()].filter((line) => line !== undefined);
  return {
    value: `${ratio.toFixed(2)} ×, ${Math.round(bytes)} bytes an entry`,
    within: ratio <= 0.83 && bytes <= 4_000,
    detail: [
      `p50 of ${gaps.length}: pm ${ms(median(gaps))}, node -e 0 ${ms(median(node))}`,
      ...peers.map(({ name, gap }) => `${name} ${ms(gap)}`),
    ].join(', '),
  };
}

/** The milliseconds between the end of each job and the beginning of the next one. */
function gapsIn(file) {
  const times = readFileSync(file, 'utf8').trim().split('\n');
  const at = times.map((line) => Number(line.split(' ')[1]) / 1e6);
  return times.flatMap((line, i) => (line.startsWith('ended') && i + 1 < times.length ? [at[i + 1] - at[i]] : []));
}

/** The bytes that a waiting entry has on disk: its record and its place in the queue. */
function bytesOfEntries(cwd, state) {
  const folders = [`${cwd}/.pm/queued`, `${state}/process-monitor/queues/bench/waiting`];
  const sizes = folders.flatMap((folder) => readdirSync(folder).map((name) => statSync(`${folder}/${name}`).size));
  return sizes.reduce((sum, size) => sum + size, 0) / JOBS;
}

function taskSpooler() {
  return peer('tsp', (folder, name) => {
    const env = { ...process.env, TS_SOCKET: `${folder}/socket`, TMPDIR: folder };
    const call = (...args) => spawnSync(name, args, { cwd: folder, env });
    for (let i = 0; i < JOBS; i++) call('-n', 'sh', '-c', STAMP);
    call('-w');
    call('-K');
  });
}

function nq() {
  return peer('nq', (folder, name) => {
    for (let i = 0; i < JOBS; i++) spawnSync(name, ['-q', 'sh', '-c', STAMP], { cwd: folder });
    spawnSync(name, ['-w'], { cwd: folder });
  });
}

function gnuParallel() {
  return peer('parallel', (folder, name) => {
    const jobs = Array.from({ length: JOBS }, () => STAMP).join('\n');
    spawnSync(name, ['-j1', 'sh', '-c'], { cwd: folder, input: jobs });
  });
}

function pueue() {
  return peer('pueue', (folder, name) => {
    const [XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR] = [folder, folder, folder];
    const env = { ...process.env, XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR };
    spawnSync(`${name}d`, ['--daemonize'], { cwd: folder, env, stdio: 'ignore' }); // the daemon would keep our pipes open
    const call = (...args) => spawnSync(name, args, { cwd: folder, env });
    while (call('status').status !== 0) spawnSync('sleep', ['0.1']);
    for (let i = 0; i < JOBS; i++) call('add', '--', STAMP);
    call('wait');
    call('shutdown');
  });
}

/** What a program that is installed takes for the same jobs; undefined if it is not. */
function peer(name, run) {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  if (found.status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'pm-bench-peer-'));
  try {
    run(folder, found.stdout.trim());
    return { name, gap: median(gapsIn(`${folder}/times`)) };
  } catch {
    return undefined;
  } finally {
    spawnSync('rm', ['-rf', folder]);
  }
}
