import { setTimeout as sleep } from 'node:timers/promises';
import { cpuMsOf, megabytesOf, residentOf } from '../resident.mjs';
import { pm, project } from '../stage.mjs';

export const title = 'resident monitor with 100 live runs: RSS; CPU of one core during 30 s';
export const budget = '48 MB; 0.5 %';
const RUNS = 100;
const WINDOW_MS = 30_000;
const SETTLE_MS = 5_000;

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
