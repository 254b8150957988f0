import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { pm, project } from '../stage.mjs';

export const title = 'support memory per live run (PSS of wrapper, beat loop and its sleep)';
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

/** Supervision names itself in its environment; its working directory is the run's folder. */
function supports(pid, cwd) {
  try {
    return (
      readFileSync(`/proc/${pid}/environ`, 'utf8').includes('PM_RUN_ID=supervisor-of-') &&
      readlinkSync(`/proc/${pid}/cwd`).startsWith(cwd)
    );
  } catch {
    return false; // gone meanwhile
  }
}

function pssOf(pid) {
  return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
}
