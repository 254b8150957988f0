// `node bench/web/run.mjs [--runs 100] [--seconds 20]`: what the server of `pm web` costs while many runs are live: with no page, with an open
// page, and again with none. CPU is what the kernel counts for the server, in percent of one core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MAIN } from '../stage.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100' }, seconds: { type: 'string', default: '20' } },
});
const [runs, seconds] = [Number(values.runs), Number(values.seconds)];
/** The kernel counts in hundredths of a second. */
const TICKS = 100;
const PROJECTS = 4;

const folder = mkdtempSync(join(tmpdir(), 'pm-bench-web-'));
const env = { ...process.env, PM_DIR: '', XDG_STATE_HOME: join(folder, 'state') };
const projects = Array.from({ length: PROJECTS }, (_, n) => join(folder, `project-${n}`));
for (const project of projects) {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{}');
}
try {
  // Each writes a line of progress and one of output every second.
  const job = 'n=0; while :; do n=$((n+1)); echo "$n/10000" > "$PM_PROGRESS"; echo "line $n"; sleep 1; done';
  for (let n = 0; n < runs; n++) await pm(n, 'start', `job-${n}`, '--', 'sh', '-c', job);
  const server = spawn(process.execPath, [MAIN, 'web', '--json', '--port', '0'], {
    cwd: projects[0],
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(server.stdout, 'data');
  const { address } = JSON.parse(String(line));
  const rows = {};
  rows['no page yet'] = await measured(server.pid);
  const page = await opened(address);
  rows['to the first list'] = { ms: page.firstMs, bytes: page.bytes() };
  await sleep(2_000);
  const before = page.bytes();
  rows['a page is open'] = {
    ...(await measured(server.pid)),
    'bytes/s': Math.round((page.bytes() - before) / seconds),
  };
  page.leave();
  await sleep(1_000);
  rows['it was closed'] = await measured(server.pid);
  console.log(`${runs} live runs in ${PROJECTS} directories, each with a line of progress and of output a second`);
  console.table(rows);
  server.kill();
  await once(server, 'exit');
} finally {
  for (let n = 0; n < runs; n++) await pm(n, 'stop', '--force', `job-${n}`); // `down` ends services alone
  rmSync(folder, { recursive: true, force: true, maxRetries: 50 });
}

async function pm(n, ...words) {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: projects[n % PROJECTS], env, stdio: 'ignore' });
  await once(child, 'exit');
}

async function measured(pid) {
  const [cpu, at] = [ticksOf(pid), performance.now()];
  await sleep(seconds * 1_000);
  const used = (ticksOf(pid) - cpu) / TICKS;
  const percent = (100 * used) / ((performance.now() - at) / 1_000);
  return { '% of a core': percent.toFixed(2), 'memory MB': memoryOf(pid) };
}

/** CPU time of a process so far. */
function ticksOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function memoryOf(pid) {
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);
}

/** A page that reads all events and shows nothing. */
async function opened(address) {
  const from = performance.now();
  const asking = get(`${address}events`, { agent: false });
  const [response] = await once(asking, 'response');
  let bytes = 0;
  response.on('data', (chunk) => {
    bytes += chunk.length;
  });
  while (!(bytes > 1_000)) await sleep(5);
  const firstMs = Math.round(performance.now() - from);
  response.on('error', () => {});
  return { firstMs, bytes: () => bytes, leave: () => asking.destroy() };
}
