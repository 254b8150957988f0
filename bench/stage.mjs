import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../apps/cli/dist/main.cjs', import.meta.url));

/** The folder of the small programs that the figures start. */
export const JOBS = fileURLToPath(new URL('jobs', import.meta.url));

/** An empty project, removed when the process ends. */
export function project() {
  const folder = mkdtempSync(join(tmpdir(), 'pm-bench-'));
  mkdirSync(join(folder, '.git'));
  process.on('exit', () => spawnSync('rm', ['-rf', folder])); // fails silently if a resident monitor is still writing
  return folder;
}

/** Calls pm and waits for it. */
export function pm(cwd, ...args) {
  return spawnSync(process.execPath, [MAIN, ...args], { cwd, encoding: 'utf8' });
}

/** Calls pm in the background. */
export function pmInBackground(cwd, ...args) {
  return spawn(process.execPath, [MAIN, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** How long a process takes from its start to its end, in ms. */
export function timed(command, args, cwd) {
  const from = performance.now();
  spawnSync(command, args, { cwd, stdio: 'ignore' });
  return performance.now() - from;
}

/** The time since the epoch in ms, with the fraction that `Date.now()` does not have. */
export function preciseNow() {
  return performance.timeOrigin + performance.now();
}

export function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

export function ms(number) {
  return `${number.toFixed(1)} ms`;
}
