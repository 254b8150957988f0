import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAIN, median, ms, pm, project, timed } from '../stage.mjs';

export const title = 'pm ls and pm queue with 10 000 runs that wait for their turn';
export const budget = '2.5 × one `node -e 0`';

const RUNS = 10_000;

export function measure() {
  const cwd = project();
  const state = mkdtempSync(join(tmpdir(), 'pm-bench-state-'));
  process.env.XDG_STATE_HOME = state;
  process.env.PM_RESIDENT = 'off'; // it would write beside the copies
  process.on('exit', () => spawnSync('rm', ['-rf', state]));
  pm(cwd, 'queue', 'pause', 'bench');
  pm(cwd, 'start', 'job', '--queue', 'bench', '--', 'true');
  fill(`${cwd}/.pm/queued`, `${state}/process-monitor/queues/bench/waiting`);
  const took = { node: [], ls: [], queue: [] };
  for (let i = 0; i < 30; i++) {
    took.node.push(timed(process.execPath, ['-e', '0']));
    took.ls.push(timed(process.execPath, [MAIN, 'ls'], cwd));
    took.queue.push(timed(process.execPath, [MAIN, 'queue'], cwd));
  }
  const ratios = [took.ls, took.queue].map((times) => median(times) / median(took.node));
  return {
    value: ratios.map((ratio) => `${ratio.toFixed(2)} ×`).join(', '),
    within: ratios.every((ratio) => ratio <= 2.5),
    detail: `medians of 30: pm ls ${ms(median(took.ls))}, pm queue ${ms(median(took.queue))}, node -e 0 ${ms(median(took.node))}`,
  };
}

/** Copies the records of one run that waits, under other names and ids. */
function fill(queued, waiting) {
  const record = JSON.parse(readFileSync(`${queued}/job`, 'utf8'));
  const [name] = readdirSync(waiting);
  const entry = JSON.parse(readFileSync(`${waiting}/${name}`, 'utf8'));
  const [version, rank, order, project, realm] = name.split('~');
  for (let i = 1; i < RUNS; i++) {
    const at = record.createdAt + i;
    const step = `job${i}`;
    const id = `${new Date(at).toISOString().replace(/[-:.]/g, '')}-${record.id.slice(-10)}`;
    const place = String(Number(order) + i).padStart(16, '0');
    const put = (file, value) => writeFileSync(file, `${JSON.stringify(value)}\n`, { mode: 0o600 });
    put(`${queued}/${step}`, { ...record, id, step, createdAt: at });
    put(`${waiting}/${[version, rank, place, project, realm, id].join('~')}`, { ...entry, step });
  }
}
