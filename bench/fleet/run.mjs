// `node bench/fleet/run.mjs --entries 500` submits entries to a queue that Redis or PostgreSQL keeps. Three workers, each on a host of its own
// (own folders, own pids, own way to the engine), run them. Meanwhile workers, wrappers, residents, calls of submitters, hosts and the engine
// are killed, suspended and cut off at random. The jobs write down when they ran. Each entry has to have one outcome, which is true, and
// no two executions of an entry may overlap. Exits with 1 if something was broken. `--latency`: how long the ways take, and what they cost.
import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ENGINES } from './engines.mjs';
import { KINDS } from './strike.mjs';

const { values } = parseArgs({
  options: {
    entries: { type: 'string', default: '500' },
    engine: { type: 'string', multiple: true, default: Object.keys(ENGINES) },
    workers: { type: 'string', default: '3' },
    slots: { type: 'string', default: '3' },
    /** Directories that submit, each with its own `pm wait`. */
    submitters: { type: 'string', default: '2' },
    lease: { type: 'string', default: '8s' },
    /** A strike about this often, ms; 0: none. */
    every: { type: 'string', default: '1500' },
    /** The kinds of strikes, as often as they are named. */
    kind: { type: 'string', multiple: true, default: KINDS.filter((kind) => kind !== 'freeze') },
    /** The longest job, ms. */
    job: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '20' },
    latency: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const kinds = values.kind.filter((kind) => KINDS.includes(kind));
if (kinds.length === 0) throw new Error(`--kind is one of ${KINDS.join(', ')}`);
const numbers = ['entries', 'workers', 'slots', 'submitters', 'every', 'job', 'seed', 'minutes'];
const options = { ...values, ...Object.fromEntries(numbers.map((name) => [name, Number(values[name])])), kinds };
const tables = {};
let isWrong = false;

for (const kind of values.engine) {
  const { name, isHere } = ENGINES[kind];
  if (!isHere) {
    console.log(`${name}: skipped, it is not installed here`);
    continue;
  }
  const folder = mkdtempSync(join(tmpdir(), 'pm-fleet-trial-'));
  mkdirSync(join(folder, 'facts'));
  const { trial } = await import(values.latency ? './latency.mjs' : './trial.mjs');
  const { counts, wrong = [], late = [], more } = await trial(kind, folder, options);
  tables[name] = counts;
  if (more !== undefined) {
    console.log(`${name}: ${more.title}`);
    console.table(more.rows);
  }
  for (const what of late) console.log(`${name}: lost without a fault: ${what}`);
  for (const what of wrong) console.log(`✗ ${name}: ${what}`);
  isWrong ||= wrong.length > 0;
  if (values.keep || wrong.length > 0) console.log(`kept: ${folder}`);
  else await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 10 });
}
const rows = [...new Set(Object.values(tables).flatMap((counts) => Object.keys(counts)))];
console.table(
  Object.fromEntries(
    rows.map((row) => [
      row,
      Object.fromEntries(Object.entries(tables).map(([name, counts]) => [name, counts[row] ?? '-'])),
    ]),
  ),
);
process.exitCode = isWrong ? 1 : 0;
