// `npm run bench:faults -- --trials 500 --seed 1` kills processes at random instants and compares what pm says with what really
// happened. `--only 137` repeats one trial, `--verbose` prints what was seen. Exits with 1 if a promise was broken.
import { parseArgs } from 'node:util';
import { broken, latencyOf } from './judge.mjs';
import { planOf } from './plan.mjs';
import { printTables } from './tables.mjs';
import { carryOut } from './trial.mjs';

const { values } = parseArgs({
  options: {
    trials: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    /** Trials at the same time. Two cores are enough for six, because trials mostly wait. */
    parallel: { type: 'string', default: '6' },
    verbose: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const numbers =
  values.only === undefined
    ? Array.from({ length: Number(values.trials) }, (_, n) => n)
    : values.only.split(',').map(Number);
const results = [];
const from = performance.now();

await Promise.all(Array.from({ length: Number(values.parallel) }, worker));
results.sort((a, b) => a.plan.n - b.plan.n);
printTables(results);
const wrong = results.filter((result) => result.wrong.length > 0);
console.log(
  `\n${results.length} trials in ${Math.round((performance.now() - from) / 1000)} s, ${wrong.length} of them wrong`,
);
if (wrong.length > 0) {
  console.log(`repeat: node bench/faults/run.mjs --seed ${seed} --only ${wrong.map(({ plan }) => plan.n).join(',')}`);
  process.exitCode = 1;
}

async function worker() {
  for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
    const plan = planOf(seed, n);
    const seen = await carryOut(plan);
    const wrong = broken(seen);
    results.push({ plan, seen, wrong, lateMs: latencyOf(seen) });
    const { kind, fault, when } = plan;
    for (const { promise, what } of wrong)
      console.log(
        `✗ trial ${n} (${kind}; ${fault} at ${when.file ?? `${when.afterMs} ms`}; ${plan.judge}) ${promise}: ${what}`,
      );
    if (values.verbose) console.log(JSON.stringify(seen, null, 2));
  }
}
