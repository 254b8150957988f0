import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { pm, project } from '../stage.mjs';

export const title = 'extra memory for each live run (PSS of the wrapper, its heartbeat loop and sleep)';
export const budget = '0.45 MB';
const RUNS = 20;

export function measure() {
  const cwd = project();
  for (let i = 0; i < RUNS; i++) pm(cwd, 'start', `job${i}`, '--', 'sleep', '1000');
  const supporters = readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && supports(pid, cwd));
  const kB = supporters.reduce((sum, pid) => sum + pssOf(pid), 0);
  pm(cwd, 'stop', ...Array.from({ length: RUNS }, (_, i) => `job${i}`));
  const MB = kB / 1024 / RUNS;
  return {
    value: `${MB.toFixed(2)} MB`,
    within: MB <= 0.45,
    detail: `${supporters.length} processes for ${RUNS} runs`,
  };
}

/** The processes of a wrapper have a mark in their environment, and the run's folder as working directory. */
function supports(pid, cwd) {
  try {
    return (
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes('PM_RUN_ID=supervisor-of-') &&
      readlinkSync(`/proc/${pid}/cwd`).startsWith(cwd)
    );
  } catch {
    return false; // the process has ended meanwhile
  }
}

function pssOf(pid) {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
}
