// An agent starts a job and is killed. The next agent recovers the ending that nobody has read, and acts on its advice.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const agent = fileURLToPath(new URL('agent.mjs', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'pm-story-'));
const dir = join(project, '.pm');
const env = (session) => ({ ...process.env, PM_DIR: dir, PM_SESSION: session });
const next = (session) =>
  spawnSync(process.execPath, [agent, 'next'], { cwd: project, env: env(session), stdio: 'inherit' });

console.log('1. The first agent starts a job and waits.');
const first = spawn(process.execPath, [agent, 'first'], {
  cwd: project,
  env: env('first'),
  stdio: 'inherit',
  detached: true,
});
while (!isRunning()) await sleep(10);

console.log('2. The agent is killed, and so is every Node.js process of pm.');
process.kill(-first.pid, 'SIGKILL'); // its own process group: the agent and its waiter
killResident();

console.log('3. The time limit ends the job while nobody waits.');
while (!isOver()) await sleep(50);

console.log('4. A new agent recovers.');
next('second');

console.log('5. It asks again: there is nothing more to tell.');
next('second');

function runFolder() {
  const runs = join(dir, 'runs');
  return existsSync(runs) ? join(runs, readdirSync(runs).sort().at(-1) ?? '') : runs;
}

function isRunning() {
  return existsSync(join(runFolder(), 'command')) && existsSync(join(runFolder(), 'progress'));
}

function isOver() {
  return existsSync(join(dir, 'work.status'));
}

/** Kills the resident monitor, if there is one, by the identity in its record: pid and start time. */
function killResident() {
  for (const world of existsSync(join(dir, 'residents')) ? readdirSync(join(dir, 'residents')) : []) {
    const folder = join(dir, 'residents', world);
    const { identity } = JSON.parse(readFileSync(join(folder, readdirSync(folder).sort().at(-1)), 'utf8'));
    const stat = `/proc/${identity.pid}/stat`;
    const started = existsSync(stat) ? readFileSync(stat, 'utf8').split(') ')[1].split(' ')[19] : undefined;
    if (started === identity.startTime) process.kill(identity.pid, 'SIGKILL');
  }
}
