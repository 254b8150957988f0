import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf, megabytesOf, residentOf } from '../resident.mjs';
import { MAIN, median, ms, pm, project, timed } from '../stage.mjs';

export const title =
  '10 000 runs wait for their turn: pm ls; pm queue; the resident monitor; its memory for each entry';
export const budget = '2.5 × one `node -e 0`; the same; 64 MB and 1 % of a core; 2 kB';

const RUNS = 10_000;
const SETTLE_MS = 10_000;
const WINDOW_MS = 30_000;

export async function measure() {
  process.env.PM_RESIDENT = 'off'; // it would write beside the copies
  const few = stage();
  const many = stage();
  fill(`${many.cwd}/.pm/queued`, `${many.state}/process-monitor/queues/bench/waiting`);
  const took = { node: [], ls: [], queue: [] };
  process.env.XDG_STATE_HOME = many.state;
  for (let i = 0; i < 30; i++) {
    took.node.push(timed(process.execPath, ['-e', '0']));
    took.ls.push(timed(process.execPath, [MAIN, 'ls'], many.cwd));
    took.queue.push(timed(process.execPath, [MAIN, 'queue'], many.cwd));
  }
  delete process.env.PM_RESIDENT;
  const [alone, full] = [await residentIn(few), await residentIn(many)];
  const ratios = [took.ls, took.queue].map((times) => median(times) / median(took.node));
  const kilobytes = ((full.rss - alone.rss) * 1024) / RUNS;
  const shown = ratios.map((ratio) => `${ratio.toFixed(2)} ×`).join('; ');
  return {
    value: `${shown}; ${full.rss.toFixed(0)} MB and ${(full.share * 100).toFixed(2)} %; ${kilobytes.toFixed(2)} kB`,
    within: ratios.every((ratio) => ratio <= 2.5) && full.rss <= 64 && full.share <= 0.01 && kilobytes <= 2,
    detail: `medians of 30: pm ls ${ms(median(took.ls))}, pm queue ${ms(median(took.queue))}, node -e 0 ${ms(median(took.node))}; a resident with one entry ${alone.rss.toFixed(0)} MB`,
  };
}

/** A project with one run in a paused queue. */
function stage() {
  const cwd = project();
  const state = mkdtempSync(join(tmpdir(), 'pm-bench-state-'));
  process.on('exit', () => spawnSync('rm', ['-rf', state]));
  process.env.XDG_STATE_HOME = state;
  pm(cwd, 'queue', 'pause', 'bench');
  pm(cwd, 'start', 'job', '--queue', 'bench', '--', 'true');
  return { cwd, state };
}

/** The memory of the resident monitor in MB, and the share of a core that it takes. */
async function residentIn({ cwd, state }) {
  process.env.XDG_STATE_HOME = state;
  pm(cwd, 'ls'); // starts it
  let pid;
  while (pid === undefined) {
    await sleep(100);
    pid = residentOf(cwd);
  }
  await sleep(SETTLE_MS);
  const before = cpuMsOf(pid);
  await sleep(WINDOW_MS);
  const share = (cpuMsOf(pid) - before) / WINDOW_MS;
  const rss = megabytesOf(pid, 'Rss');
  process.kill(pid); // to clear ten thousand takes minutes
  return { rss, share };
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
