// `node bench/start-test-stop/run.mjs` starts a server, tests it and stops it in several ways, as an agent would: the calls that it makes,
// how long they take, what it reads, and what is left running. `--say` prints everything that was read.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MAIN, median } from '../stage.mjs';
import { CASES, writeProject } from './project.mjs';
import { WAYS } from './ways.mjs';

const { values } = parseArgs({
  options: {
    times: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    say: { type: 'boolean', default: false },
  },
});
/** What is alive so long after the last call is left running: a process that was told to end has ended by then. */
const SETTLED_MS = 2_000;
const folder = mkdtempSync(join(tmpdir(), 'pm-start-test-stop-'));
const bin = join(folder, 'bin');
mkdirSync(bin);
mkdirSync(join(folder, 'config', 'process-compose'), { recursive: true }); // without it, it prints two more lines
symlinkSync(MAIN, join(bin, 'pm')); // called by its name, as after an installation
let trials = 0;
for (const [name, what] of Object.entries(CASES)) {
  const rows = {};
  for (const [way, { absent, use }] of Object.entries(WAYS)) {
    if (!way.includes(values.only)) continue;
    rows[way] = absent === undefined ? await measured(way, name, what, use) : { skipped: absent };
  }
  console.log(`the server ${name}`);
  console.table(rows);
}
rmSync(folder, { recursive: true, force: true, maxRetries: 20 });

async function measured(way, name, what, use) {
  const all = [];
  for (let time = 0; time < Number(values.times); time++) all.push(await trial(what, use));
  const [{ read, calls, status, left }] = all;
  if (values.say) console.log(`--- ${way}, the server ${name}\n${read}`);
  return {
    calls,
    seconds: median(all.map(({ seconds }) => seconds)).toFixed(1),
    bytes: median(all.map(({ bytes }) => bytes)),
    'last status': status,
    'left running': left.join(', '),
  };
}

async function trial(what, use) {
  const port = await freePort();
  const cwd = join(folder, `project-${trials}`);
  const mark = `${process.pid}-${trials++}`;
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(PM_|npm_)/i.test(key))),
    ...what,
    PORT: String(port),
    PM_MARK: mark,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
  };
  const url = writeProject(cwd, port);
  const read = [];
  let [calls, ms, bytes, status] = [0, 0, 0, 0];
  const call = (command) => {
    // Into a file: a pipe has no end as long as a process that was left running holds it.
    const file = join(cwd, `read-${calls}`);
    const output = openSync(file, 'w');
    const from = performance.now();
    const child = spawnSync('sh', ['-c', command], { cwd, env, stdio: ['ignore', output, output], timeout: 120_000 });
    ms += performance.now() - from;
    closeSync(output);
    const text = readFileSync(file, 'utf8');
    calls += 1;
    bytes += Buffer.byteLength(text);
    status = child.status ?? child.signal;
    read.push(`$ ${command}\n${text}[${status}]`);
    return { status, text };
  };
  const killListener = () => {
    const { text } = call(`lsof -t -i tcp:${port} -s tcp:listen`);
    for (const pid of text.trim().split('\n'))
      if (processesOf(mark).includes(pid)) process.kill(Number(pid), 'SIGTERM');
  };
  use({ call, killListener, url });
  await sleep(SETTLED_MS);
  const left = processesOf(mark);
  const names = left.map(commandOf).sort();
  for (const pid of left) process.kill(Number(pid), 'SIGKILL');
  return { calls, seconds: ms / 1_000, bytes, status, left: names, read: read.join('\n') };
}

/** The processes that were started by a trial: they have its mark in their environment. */
function processesOf(mark) {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) <= 1 || Number(pid) === process.pid) return false;
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`PM_MARK=${mark}`)) return false;
      return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    } catch {
      return false;
    }
  });
}

function commandOf(pid) {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
    if (argv.some((word) => word.endsWith('resident.cjs'))) return 'the resident monitor of pm';
    return argv.slice(0, 3).join(' ').trim();
  } catch {
    return '';
  }
}

/** A port that nobody uses, below those that the system gives to whoever asks for any. */
async function freePort() {
  for (;;) {
    const tried = 10_000 + Math.floor(Math.random() * 10_000);
    const isFree = await new Promise((resolve) => {
      const server = createServer()
        .once('error', () => resolve(false))
        .listen(tried, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (isFree) return tried;
  }
}
