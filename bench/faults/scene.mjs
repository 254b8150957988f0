import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from '../stage.mjs';
import { kill, processesOf, textOf } from './processes.mjs';

let scenes = 0;

/** A project for one trial. Every process that starts in it gets a mark in its environment, so that it can be found again. */
export function openScene() {
  const folder = mkdtempSync(join(tmpdir(), 'pm-fault-'));
  const project = join(folder, 'project');
  const mark = `PM_FAULT=${process.pid}-${Date.now()}-${scenes++}`;
  mkdirSync(project);
  spawnSync('git', ['init', '-q', project]);
  const inherited = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PM_') && name !== 'NODE_EXTRA_CA_CERTS',
  );
  const env = { ...Object.fromEntries(inherited), PM_FAULT: mark.slice('PM_FAULT='.length) };
  const dir = join(project, '.pm');
  return {
    project,
    dir,
    /** The file with the facts is outside of the project, because it has to outlive a deleted directory. */
    facts: join(folder, 'facts'),
    pm: (...args) =>
      call(spawn(process.execPath, [MAIN, ...args], { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] }), args[0]),
    /** The folder of the only run, if it exists already. */
    run: () =>
      namesIn(join(dir, 'runs'))
        .map((id) => join(dir, 'runs', id))
        .at(-1),
    processes: () => processesOf(mark),
    async close() {
      for (let left = processesOf(mark); left.length > 0; left = processesOf(mark)) {
        left.map(kill);
        await sleep(10);
      }
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
