import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from '../stage.mjs';
import { kill, linkOf, processAt, processesOf, textOf } from './processes.mjs';

let scenes = 0;

/** What a shell does before it becomes pm. `$0` is the file of the lock. */
const PREPARATIONS = {
  'holds a lock': 'exec 9>"$0"; flock -n 9 || exit 99; exec 3<&9 8>>"$0"',
  'ignores signals': "trap '' HUP INT TERM QUIT USR2",
};

/** Who has no rights of root, which could write to a folder that is not writable. */
const NOBODY = 65_534;
const AS_NOBODY =
  process.getuid?.() === 0 ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'] : [];

/** A pid namespace without a /proc of its own, kept by a process that sleeps. Undefined if none can be made here. */
function openNamespace() {
  const keeper = spawn('unshare', ['--pid', '--fork', '--kill-child', 'sleep', '1000'], { stdio: 'ignore' });
  keeper.on('error', () => {});
  const first = () => Number(textOf(`/proc/${keeper.pid}/task/${keeper.pid}/children`).trim());
  for (let i = 0; i < 200 && !(first() > 0) && keeper.exitCode === null; i++) spawnSync('sleep', ['0.01']);
  if (!(first() > 0)) return undefined;
  const own = linkOf(`/proc/${first()}/ns/pid`);
  return {
    enter: ['nsenter', '-t', String(first()), '-p', '--'],
    isInside: (pid) => linkOf(`/proc/${pid}/ns/pid`) === own,
    close: () => keeper.kill('SIGKILL'),
  };
}

/** The pid that a process has in its own namespace. */
function pidInside(pid) {
  return Number(textOf(`/proc/${pid}/status`).match(/^NSpid:.*\s(\d+)$/m)?.[1]);
}

/** A project for one trial. Every process that starts in it gets a mark in its environment, so that it can be found again. */
export function openScene({ asNobody = false, inNamespace = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pm-fault-'));
  const project = join(folder, 'project');
  const mark = `PM_FAULT=${process.pid}-${Date.now()}-${scenes++}`;
  mkdirSync(project);
  spawnSync('git', ['init', '-q', project]);
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PM_') && name !== 'NODE_EXTRA_CA_CERTS',
  );
  const env = { ...Object.fromEntries(inherited), HOME: folder, PM_FAULT: mark.slice('PM_FAULT='.length) };
  const dir = join(project, '.pm');
  const options = { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] };
  const namespace = inNamespace ? openNamespace() : undefined;
  const user = asNobody ? AS_NOBODY : (namespace?.enter ?? []);
  if (user.length > 0) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
  const pm = (...args) => {
    const [program, ...rest] = [...user, process.execPath, MAIN, ...args];
    return call(spawn(program, rest, options), args[0]);
  };
  return {
    project,
    dir,
    /** The file with the facts is outside of the project, because it has to outlive a deleted directory. */
    facts: join(folder, 'facts'),
    lock: join(folder, 'lock'),
    /** The same as `pm`, called by a starter with descriptors or ignored signals of its own. */
    pmFrom: (starter, ...args) => {
      const preparation = PREPARATIONS[starter];
      if (preparation === undefined) return pm(...args);
      const argv = ['-c', `${preparation}; exec "$@"`, join(folder, 'lock'), ...user, process.execPath, MAIN, ...args];
      return call(spawn('bash', argv, options), args[0]);
    },
    pm,
    /** The folder of the only run, if it exists already. */
    run: () =>
      namesIn(join(dir, 'runs'))
        .map((id) => join(dir, 'runs', id))
        .at(-1),
    processes: () => processesOf(mark),
    /** The process that calls itself by this pid: in a pid namespace it has another one outside. */
    processAt: (pid) =>
      namespace === undefined
        ? processAt(pid)
        : processesOf(mark).find((target) => namespace.isInside(target.pid) && pidInside(target.pid) === pid),
    isForeign: namespace !== undefined,
    async close() {
      for (let left = processesOf(mark); left.length > 0; left = processesOf(mark)) {
        for (const target of left) kill(target);
        await sleep(10);
      }
      namespace?.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
    },
  };
}

/** A running call of pm. `ended` gives its output when it has ended. */
function call(child, verb) {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  const ended = new Promise((resolve) => {
    child.once('close', (status, signal) => resolve({ verb, status, signal, out, err, at: Date.now() }));
  });
  return { pid: child.pid, ended };
}

/** Tests the condition every few ms until it is true or the time is over. @returns whether it became true */
export async function until(holds, withinMs) {
  const giveUpAt = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > giveUpAt) return false;
    await sleep(8);
  }
  return true;
}

/** What the job wrote down: when it started, got a TERM, and finished, in ms since the epoch. */
export function factsIn(file) {
  const lines = textOf(file)
    .split('\n')
    .map((line) => line.split(' '));
  const atMs = (text) => Number(text) / 1e6;
  const started = lines.find(([word]) => word === 'started');
  const finished = lines.find(([word]) => word === 'finished');
  return {
    pid: started && Number(started[1]),
    code: finished && Number(finished[1]),
    finishedAt: finished && atMs(finished[2]),
    termed: lines.some(([word]) => word === 'termed'),
  };
}

function namesIn(folder) {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
