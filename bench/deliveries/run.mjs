// `npm run bench:deliveries -- --endings 200 --seed 1` starts runs that tell a webhook how they ended, while the receiver misbehaves and pm,
// resident monitors and wrappers are killed at random instants. Exits with 1 if an ending was lost.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { kill, processesOf } from '../faults/processes.mjs';
import { randomOf } from '../faults/random.mjs';
import { openReceiver, SECRET } from './receiver.mjs';

const { values } = parseArgs({
  options: {
    /** How many endings there are to tell. Starts that are killed before they begin a run do not count. */
    endings: { type: 'string', default: '200' },
    /** How many webhooks are told of each ending. */
    targets: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    parallel: { type: 'string', default: '3' },
  },
});
const PM = fileURLToPath(new URL('../../apps/cli/dist/main.cjs', import.meta.url));
const random = numbersFrom(Number(values.seed));
const receiver = await openReceiver(numbersFrom(Number(values.seed) + 1));
const folder = mkdtempSync(join(tmpdir(), 'pm-deliveries-'));
const mark = `PM_DELIVERIES=${process.pid}-${Date.now()}`;
const [name, value] = mark.split('=');
const env = { ...process.env, [name]: value, HOOK: receiver.url, KEY: SECRET, XDG_STATE_HOME: join(folder, 'state') };
for (const variable of Object.keys(env)) if (/^(?:PM_(?!DELIV)|CLAUDE|CODEX)/.test(variable)) delete env[variable];
const target = { kind: 'webhook', urlEnv: 'HOOK', secretEnv: 'KEY', on: ['success', 'failed', 'lost', 'cancelled'] };
const names = Array.from({ length: Number(values.targets) }, (_, n) => `ops-${n}`);
const targets = Object.fromEntries(names.map((name) => [name, target]));
writeFileSync(join(folder, 'pm.config.json'), JSON.stringify({ targets, defaults: { notify: names } }));

const killed = { resident: 0, pm: 0, wrapper: 0 };
const answered = [];
let calls = 0;
let isOver = false;
const from = performance.now();

const storm = strike();
let next = 0;
await Promise.all(Array.from({ length: Number(values.parallel) }, starter));
const startedIn = performance.now() - from;
await until(() => idsWithPlan().length > 0 && liveWrappers().length === 0);
await sleep(10_000); // the receiver and the killer go on for a while
isOver = true;
await storm;
// From here on a person types `pm ls` now and then.
for (let idle = 0; openWork().length > 0; idle++) {
  if (idle % 5 === 4 && residents().length === 0) await pm(['ls']);
  await sleep(1_000);
}
const ids = [...new Set([...idsWithPlan(), ...answered])];
const expected = ids.flatMap((id) => names.map((_, n) => `${id}.${n}.ended`));
const lost = expected.filter((id) => !receiver.told.has(id));
const doubles = [...receiver.told.values()].filter((count) => count > 1).length;
const unplanned = readdirSync(join(folder, '.pm/runs')).length - ids.length;
console.log(`${expected.length} deliveries of ${ids.length} endings; ${answered.length} of the starts were answered`);
console.log(`${[...receiver.fates].map(([fate, count]) => `${fate}: ${count}`).join(', ')}`);
console.log(
  `killed: ${Object.entries(killed)
    .map(([who, count]) => `${count} × ${who}`)
    .join(', ')}`,
);
console.log(`starts killed before they said who is to be told: ${unplanned}`);
console.log(`calls of pm ls that were made when no resident was left: ${calls}`);
console.log(`told twice or more, with the same id: ${doubles}`);
console.log(`forged, malformed or redirected: ${receiver.wrong.length} ${receiver.wrong.slice(0, 3).join('; ')}`);
console.log(
  `${lost.length} lost, in ${Math.round((performance.now() - from) / 1000)} s (${Math.round(startedIn / 1000)} s of starts)`,
);
if (lost.length > 0) console.log(`${lost.join(' ')}\nkept: ${folder}`);
process.exitCode = lost.length + receiver.wrong.length > 0 ? 1 : 0;
receiver.close();
await until(() => {
  for (const one of processesOf(mark)) kill(one);
  return processesOf(mark).length === 0;
});
if (lost.length === 0) rmSync(folder, { recursive: true });

async function starter() {
  while (idsWithPlan().length < Number(values.endings)) {
    const n = next++;
    const job = `sleep ${(random() * 1.5).toFixed(2)}; exit ${n % 3}`;
    const { status, out } = await pm(['start', `step-${n}`, '--json', '--', 'sh', '-c', job]);
    const id = status === 0 ? JSON.parse(out).runs[0].id : undefined;
    if (id !== undefined) answered.push(id);
  }
}

/** Kills one process of this bench after another. */
async function strike() {
  while (!isOver) {
    await sleep(150 + random() * 500);
    const number = random();
    const found = number < 0.6 ? residents() : number < 0.8 ? calling() : number < 0.85 ? liveWrappers() : [];
    const victim = found[Math.floor(random() * found.length)];
    if (victim !== undefined && kill(victim)) killed[number < 0.6 ? 'resident' : number < 0.8 ? 'pm' : 'wrapper'] += 1;
    if (number > 0.97) for (const one of [...residents(), ...calling()]) if (kill(one)) killed.resident += 1;
  }
}

async function pm(args) {
  if (args[0] === 'ls') calls += 1;
  const child = spawn(process.execPath, [PM, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '';
  child.stdout.on('data', (bytes) => {
    out += bytes;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  return { status, out };
}

function ours(holds) {
  return processesOf(mark).filter(({ argv }) => holds(argv));
}

function residents() {
  return ours((argv) => argv.some((word) => word.endsWith('/resident.cjs')));
}

function calling() {
  return ours((argv) => argv.includes(PM));
}

/** Wrappers of runs that have not ended. What a wrapper leaves until its ending is told is no wrapper any more. */
function liveWrappers() {
  return ours((argv) => {
    const id = argv.find((word) => word.startsWith('run_id='))?.slice('run_id='.length);
    return id !== undefined && !existsSync(join(folder, '.pm/ended', id));
  });
}

function openWork() {
  const work = join(folder, '.pm/work');
  return existsSync(work) ? readdirSync(work) : [];
}

function idsWithPlan() {
  const runs = join(folder, '.pm/runs');
  return existsSync(runs) ? readdirSync(runs).filter((id) => existsSync(join(runs, id, 'notify/plan'))) : [];
}

async function until(holds) {
  while (!holds()) await sleep(100);
}

function numbersFrom(seed) {
  const draws = randomOf(seed);
  return () => draws.between(0, 999_999) / 1_000_000;
}
