// `node bench/queue/run.mjs --entries 2000 --callers 200` puts short jobs in one queue from many processes and projects, while starters,
// waiters, residents and wrappers are killed or suspended at random. The jobs write down when they ran. Each has to run exactly once,
// never more than `--slots` at a time, and in order. Exits with 1 if something was broken.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { kill, linkOf, processesOf } from '../faults/processes.mjs';
import { randomOf } from '../faults/random.mjs';
import { MAIN } from '../stage.mjs';
import { judged } from './judge.mjs';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '100' },
    /** Processes that enqueue at the same time, each one entry after the other. */
    callers: { type: 'string', default: '10' },
    slots: { type: 'string', default: '3' },
    projects: { type: 'string', default: '3' },
    /** A strike about this often, ms; 0: none. */
    every: { type: 'string', default: '400' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    keep: { type: 'boolean', default: false },
  },
});
const [entries, callers, slots, projects, every, seed, minutes] = [
  values.entries,
  values.callers,
  values.slots,
  values.projects,
  values.every,
  values.seed,
  values.minutes,
].map(Number);
const random = randomOf(seed);
const folder = mkdtempSync(join(tmpdir(), 'pm-queue-trial-'));
const mark = `PM_FAULT=${process.pid}-${Date.now()}`;
const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PM_'));
const env = { ...Object.fromEntries(inherited), HOME: folder, XDG_STATE_HOME: join(folder, 'state'), ...entryOf(mark) };
const facts = join(folder, 'facts');
const dirs = Array.from({ length: projects }, (_, n) => join(folder, `project-${n}`));
for (const dir of dirs) mkdirSync(dir);
const giveUpAt = performance.now() + minutes * 60_000;
const strikes = [];
const calls = [];
let isOver = false;
let status = 1;

const from = performance.now();
try {
  await pm(dirs[0], 'queue', 'set', 'heavy', '--slots', String(slots)).ended;
  const striking = strike();
  const waiting = dirs.map(waitAgain);
  let next = 0;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let n = next++; n < entries; n = next++) await enqueue(n, caller);
    }),
  );
  const enqueuedMs = performance.now() - from;
  while (!isDone() && performance.now() < giveUpAt) await sleep(200);
  isOver = true;
  const isStuck = !isDone();
  await Promise.all([striking, ...waiting]);
  const result = judged({ facts, dirs, calls, strikes, slots, isStuck });
  console.log(`${entries} entries by ${callers} processes in ${projects} projects, ${slots} slots, seed ${seed}`);
  console.table({
    enqueued: `${Math.round(enqueuedMs / 1_000)} s`,
    'all ended': `${Math.round((performance.now() - from) / 1_000)} s`,
    ...result.counts,
  });
  for (const what of result.wrong) console.log(`✗ ${what}`);
  status = result.wrong.length > 0 ? 1 : 0;
} finally {
  isOver = true;
  for (let left = processesOf(mark); left.length > 0; left = processesOf(mark)) {
    for (const target of left) kill(target);
    await sleep(10);
  }
  if (values.keep || status === 1) console.log(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
}
process.exitCode = status;

async function enqueue(n, caller) {
  const project = n % projects;
  const priority = n % 7 === 0 ? 1 : 0;
  const lastsS = (random.between(5, 250) / 100).toFixed(2);
  const job = 'echo "start $0 $(date +%s%N)" >> "$1"; sleep "$2"; echo "end $0 $(date +%s%N)" >> "$1"';
  const step = `e${n}`;
  const begunAt = Date.now();
  const args = ['--queue', 'heavy', '--priority', String(priority), '--', 'sh', '-c', job, step, facts, lastsS];
  const { code, out } = await pm(dirs[project], 'start', step, ...args).ended;
  calls.push({ step, project, priority, caller, begunAt, endedAt: Date.now(), isTold: code === 0, out });
}

/** Somebody waits in each project, again and again: waiters start what is due as well. */
async function waitAgain(dir) {
  while (!isOver) {
    await pm(dir, 'wait', '--budget', '20s').ended;
    await sleep(200);
  }
}

async function strike() {
  while (!isOver && every > 0) {
    await sleep(random.between(every / 2, (every * 3) / 2));
    const targets = processesOf(mark).filter(({ argv }) => roleOf(argv) !== undefined);
    const kinds = [...new Set(targets.map(({ argv }) => roleOf(argv)))];
    // Fewer wrappers: their runs are lost, which is true and proves little.
    const kind = random.pick(kinds.filter((one) => one !== 'wrapper' || random.chance(0.3)));
    const target = random.pick(targets.filter(({ argv }) => roleOf(argv) === kind));
    if (target === undefined || isOver) continue;
    if (kind !== 'wrapper' && random.chance(0.3)) {
      strikes.push({ kind, how: 'suspended', at: Date.now() });
      kill(target, 'SIGSTOP');
      const laterMs = random.between(100, 4_000);
      setTimeout(() => kill(target, 'SIGCONT'), laterMs);
    } else {
      strikes.push({ kind, how: 'killed', at: Date.now(), runId: basename(linkOf(`/proc/${target.pid}/cwd`) ?? '') });
      kill(target);
    }
  }
}

function roleOf(argv) {
  const [, program = '', verb = ''] = argv;
  if (argv.some((word) => word.endsWith('/resident.cjs')) && !argv.includes('-c') && !program.endsWith('.sh'))
    return 'resident';
  if (program === MAIN && (verb === 'start' || verb === 'wait')) return verb;
  return program.endsWith('/wrapper.sh') ? 'wrapper' : undefined;
}

function isDone() {
  return dirs.every((dir) => {
    const [queued, runs] = ['queued', 'runs'].map((name) => join(dir, '.pm', name));
    return (
      namesIn(queued).every((name) => name.startsWith('.')) &&
      namesIn(runs).every((id) => id.startsWith('.') || existsSync(join(runs, id, 'outcome')))
    );
  });
}

function pm(cwd, ...args) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (out += text));
  return { ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, out }))) };
}

function entryOf(text) {
  const [name, value] = text.split('=');
  return { [name]: value };
}

function namesIn(path) {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
