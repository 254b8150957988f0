// A laptop and two hosts share a queue in Redis. One host dies in the middle of a run.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const pm = fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'pm-story-'));
const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PM_'));
const port = await freePort();
const redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', place], {
  stdio: 'ignore',
});
for (const host of ['laptop', 'gpu-1', 'gpu-2']) {
  mkdirSync(join(place, host));
  const queues = { gpu: { engine: `redis://127.0.0.1:${port}`, lease: '8s' } };
  const loop = 'i=0; until [ -e "$PLACE/enough" ]; do i=$((i + 1)); echo "epoch $i"; sleep 1; done';
  const train = { command: ['sh', '-c', loop], queue: 'gpu', timeout: '10m' };
  const steps = { train, sweep: { ...train, rerun: 'if-lost' } };
  writeFileSync(join(place, host, 'pm.config.json'), JSON.stringify({ queues, steps }));
}

console.log('1. Two runs are put in line on the laptop. No host is there yet.');
await untilAnswers();
console.log(ask('laptop', 'start', 'train'));
console.log(ask('laptop', 'start', 'sweep'));

console.log('2. A host joins. It has two slots.');
const first = worker('gpu-1');
await until(() => /2 running/.test(ask('laptop', 'queue', 'gpu')));
console.log(ask('laptop', 'queue', 'gpu'));

console.log('3. Another host joins, and the first one dies: its worker is killed, and nobody extends its leases.');
const second = worker('gpu-2');
await until(() => /gpu-2/.test(ask('laptop', 'queue', 'gpu')));
first.kill('SIGKILL');
console.log('   train may not run twice:');
console.log(ask('laptop', 'wait', 'train'));
writeFileSync(join(place, 'enough'), '');
console.log('   sweep may, and the other host has it now:');
console.log(ask('laptop', 'wait', 'sweep'));

console.log('4. On the host that died, the runs were ended with their leases. Nothing of them is left:');
console.log(ask('gpu-1', 'ls'));

console.log('5. The second host leaves.');
second.kill('SIGTERM');
await new Promise((resolve) => second.once('exit', resolve));
console.log(
  readFileSync(join(place, 'gpu-2', 'worker.log'), 'utf8')
    .trimEnd()
    .replaceAll(/^/gm, '   '),
);
redis.kill('SIGTERM');
for (const host of ['laptop', 'gpu-1', 'gpu-2']) ask(host, 'down');
await rm(place, { recursive: true, maxRetries: 50 }); // a wrapper may still be writing

function ask(host, ...args) {
  try {
    return told(execFileSync(process.execPath, [pm, ...args], { ...at(host), encoding: 'utf8', stdio: 'pipe' }));
  } catch (error) {
    return told(error.stdout); // its exit status is that of the run
  }
}

function worker(host) {
  const file = join(place, host, 'worker.log');
  const script = 'exec "$0" "$1" worker gpu --name "$2" --slots 2 > "$3" 2>&1';
  return spawn('sh', ['-c', script, process.execPath, pm, host, file], { ...at(host), stdio: 'ignore' });
}

function at(host) {
  const env = { ...Object.fromEntries(own), PLACE: place, XDG_STATE_HOME: join(place, host, 'state') };
  return { cwd: join(place, host), env };
}

function told(text) {
  return text
    .trim()
    .replaceAll(place, '')
    .replaceAll(/next: (?:\S*node )?\S*main\.cjs /g, 'next: pm ')
    .replaceAll(/^/gm, '   ');
}

async function until(holds) {
  while (!holds()) await sleep(200);
}

async function untilAnswers() {
  for (;;) {
    try {
      execFileSync('redis-cli', ['-p', String(port), 'ping'], { stdio: 'ignore' });
      return;
    } catch {
      await sleep(100);
    }
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: free } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return free;
}
