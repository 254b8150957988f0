// `node bench/faults/soak.mjs --minutes 10` keeps 200 mixed runs live, with one resident monitor and one waiter. It samples both:
// memory and open handles have to stay constant, and every run has to end with the right outcome.
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { textOf } from './processes.mjs';
import { openScene } from './scene.mjs';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, runs: { type: 'string', default: '200' } },
});
const JOBS = fileURLToPath(new URL('jobs', import.meta.url));
const RUNS = Number(values.runs);
const SAMPLE_MS = 5_000;
/** A difference in memory that is allowed, because a heap grows and shrinks. */
const BREATH_MB = 12;
const QUICK = ['--beat', '4s', '--stale', '10s', '--grace', '1s'];

/** The commands, each with the outcome and exit code that it must have. */
const MIX = [
  { ends: 'success 0', options: [], command: (facts) => [`${JOBS}/ends-by-itself.sh`, facts, '20', '0', '2'] },
  { ends: 'failed 7', options: [], command: (facts) => [`${JOBS}/ends-by-itself.sh`, facts, '10', '7', '2'] },
  {
    ends: 'success 0',
    options: ['--liveness', 'output'],
    command: (facts) => [`${JOBS}/ends-by-itself.sh`, facts, '30', '0', '2'],
  },
  { ends: 'timeout', options: ['--timeout', '15s'], command: (facts) => [`${JOBS}/ignores-term.sh`, facts] },
  { ends: 'hung', options: ['--liveness', 'activity'], command: (facts) => [`${JOBS}/stands-still.sh`, facts] },
];

const scene = openScene();
const samples = [];
const wrong = [];
let ended = 0;
let known;
try {
  const until = performance.now() + Number(values.minutes) * 60_000;
  const long = scene.pm('start', 'waited-for', '--', 'sleep', '100000');
  await long.ended;
  const waiter = scene.pm('wait', 'waited-for', '--ignore', 'quiet,deadline');
  const slots = Array.from({ length: RUNS }, (_, slot) => keepBusy(slot, until));
  while (performance.now() < until) {
    await sleep(SAMPLE_MS);
    samples.push({ resident: sampleOf(residentPid()), waiter: sampleOf(waiter.pid) });
    const { resident, waiter: w } = samples.at(-1);
    console.log(`${ended} runs ended · resident ${told(resident)} · waiter ${told(w)}`);
  }
  await Promise.all(slots);
} finally {
  await scene.close();
}
for (const who of ['resident', 'waiter']) {
  // During the first third, caches still grow.
  const settled = samples.slice(Math.floor(samples.length / 3)).flatMap((sample) => sample[who] ?? []);
  const half = Math.floor(settled.length / 2);
  const [early, late] = [settled.slice(0, half), settled.slice(half)].map((part) =>
    Math.max(...part.map(({ mb }) => mb)),
  );
  const handles =
    Math.max(...settled.map(({ handles }) => handles)) - Math.min(...settled.map(({ handles }) => handles));
  const isFlat = late - early <= BREATH_MB && handles <= 20;
  if (!isFlat) process.exitCode = 1;
  console.log(
    `${isFlat ? '✓' : '✗'} ${who}: at most ${early.toFixed(0)} MB in the first half, ${late.toFixed(0)} MB in the second; the number of handles varies by ${handles}`,
  );
}
for (const what of wrong) console.log(`✗ ${what}`);
console.log(`${wrong.length === 0 ? '✓' : '✗'} ${ended} runs ended, ${wrong.length} of them with a wrong outcome`);
if (wrong.length > 0 || ended === 0) process.exitCode = 1;

/** Starts one run after another, each of the next kind. Only the resident monitor finds their ends. */
async function keepBusy(slot, until) {
  await sleep(slot * 120); // two busy cores can start eight a second
  for (let round = 0; performance.now() < until; round++) {
    const { ends, options, command } = MIX[(slot + round) % MIX.length];
    const facts = `${scene.facts}-${slot}-${round}`;
    const call = scene.pm('start', `slot${slot}`, '--json', ...QUICK, ...options, '--', ...command(facts));
    const { out } = await call.ended;
    const id = idIn(out);
    if (id === undefined) {
      wrong.push(`slot ${slot}, round ${round}: it did not start: ${out}`);
      continue;
    }
    const file = `${scene.dir}/runs/${id}/outcome`;
    const giveUpAt = performance.now() + 180_000;
    while (textOf(file) === '' && performance.now() < giveUpAt) await sleep(500);
    const { outcome, exitCode, evidence } = JSON.parse(textOf(file) || '{}');
    const told = outcome === 'success' || outcome === 'failed' ? `${outcome} ${exitCode}` : outcome;
    ended += 1;
    if (told !== ends)
      wrong.push(`slot ${slot}, round ${round}: the outcome is ${told} (${evidence}), but should be ${ends}: ${id}`);
    await sleep(200); // until its wrapper has left
  }
}

function idIn(answer) {
  try {
    return JSON.parse(answer).runs[0]?.id;
  } catch {
    return undefined;
  }
}

function residentPid() {
  if (known !== undefined && textOf(`/proc/${known}/cmdline`).includes('/resident.cjs')) return known;
  known = scene.processes().find(({ argv }) => argv[1]?.endsWith('/resident.cjs'))?.pid;
  return known;
}

function sampleOf(pid) {
  const kB = /^Rss:\s+(\d+) kB/m.exec(textOf(`/proc/${pid}/smaps_rollup`))?.[1];
  return kB === undefined ? undefined : { mb: Number(kB) / 1024, handles: readdirSync(`/proc/${pid}/fd`).length };
}

function told(sample) {
  return sample === undefined ? 'absent' : `${sample.mb.toFixed(0)} MB, ${sample.handles} handles`;
}
