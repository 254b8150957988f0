import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pm, project } from '../stage.mjs';

export const title = 'resident monitor with 100 live runs: RSS; CPU of one core during 30 s';
export const budget = '48 MB; 0.5 %';
const RUNS = 100;
const WINDOW_MS = 30_000;
const SETTLE_MS = 5_000;
/** The unit of CPU times in proc(5), `sysconf(_SC_CLK_TCK)`: a hundredth of a second on every Linux. */
const TICK_MS = 10;

export async function measure() {
  const cwd = project();
  for (let i = 0; i < RUNS; i++) pm(cwd, 'start', `job${i}`, '--', 'sleep', '1000');
  const pid = residentOf(cwd);
  await sleep(SETTLE_MS);
  const before = cpuMsOf(pid);
  await sleep(WINDOW_MS);
  const share = (cpuMsOf(pid) - before) / WINDOW_MS;
  const [rss, pss] = ['Rss', 'Pss'].map((field) => megabytesOf(pid, field));
  pm(cwd, 'stop', ...Array.from({ length: RUNS }, (_, i) => `job${i}`));
  return {
    value: `${rss.toFixed(0)} MB; ${(share * 100).toFixed(2)} %`,
    within: rss <= 48 && share <= 0.005,
    detail: `PSS ${pss.toFixed(0)} MB; most of its RSS is the program file of node, which all node processes share`,
  };
}

/** Finds the resident monitor by its arguments, one of which is its directory. */
function residentOf(cwd) {
  const isOurs = (pid) => {
    try {
      const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return argv[1]?.endsWith('/resident.cjs') && argv.includes(`${cwd}/.pm`);
    } catch {
      return false; // the process has ended meanwhile
    }
  };
  return readdirSync('/proc').find((pid) => /^\d+$/.test(pid) && isOurs(pid));
}

function cpuMsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function megabytesOf(pid, field) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1024;
}
