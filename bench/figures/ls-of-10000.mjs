import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAIN, median, ms, pm, project, timed } from '../stage.mjs';

export const title = 'pm ls with 10 000 runs of 500 steps on record';
export const budget = '2.0 × one `node -e 0` + 20 ms';

const STEPS = 500;
const RUNS = 20;

export function measure() {
  const cwd = project();
  process.env.PM_RESIDENT = 'off'; // it would write beside the copies
  pm(cwd, 'start', '--wait', 'job', '--', 'true');
  fill(join(cwd, '.pm'));
  const node = [];
  const ls = [];
  for (let i = 0; i < 40; i++) {
    node.push(timed(process.execPath, ['-e', '0']));
    ls.push(timed(process.execPath, [MAIN, 'ls'], cwd));
  }
  const ratio = (median(ls) - 20) / median(node);
  return {
    value: `${ratio.toFixed(2)} × + 20 ms`,
    within: ratio <= 2,
    detail: `medians of 40: pm ls ${ms(median(ls))}, node -e 0 ${ms(median(node))}`,
  };
}

/** Copies the records of one run, under other names and ids. */
function fill(dir) {
  const [model] = readdirSync(`${dir}/runs`);
  const record = JSON.parse(readFileSync(`${dir}/runs/${model}/run`, 'utf8'));
  const outcome = JSON.parse(readFileSync(`${dir}/runs/${model}/outcome`, 'utf8'));
  const firstAt = Date.now() - STEPS * RUNS * 1_000;
  for (let i = 0; i < STEPS * RUNS; i++) {
    const at = firstAt + i * 1_000;
    const step = `step${i % STEPS}`;
    const n = Math.floor(i / STEPS) + 1;
    const id = `${new Date(at).toISOString().replace(/[-:.]/g, '')}-${model.slice(-10)}`;
    const folder = `${dir}/runs/${id}`;
    cpSync(`${dir}/runs/${model}`, folder, { recursive: true });
    const put = (name, value) => writeFileSync(`${folder}/${name}`, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    put('run', { ...record, id, step, createdAt: at });
    put('outcome', { ...outcome, startedAt: at, endedAt: at });
    if (n === 1) mkdirSync(`${dir}/steps/${step}`, { mode: 0o700 });
    linkSync(`${folder}/ending`, `${dir}/ended/${id}`);
    linkSync(`${folder}/run`, `${dir}/steps/${step}/${n}`);
    if (n === RUNS)
      for (const kind of ['pid', 'heartbeat', 'status', 'log']) linkSync(`${folder}/${kind}`, `${dir}/${step}.${kind}`);
  }
}
