import { findResident, isNewerProgram } from '@pm/monitor';
import { leaveCgroup, replaceInherited } from '@pm/process';
import { openWork } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';

// Why: contributing/decisions/2026-11-29-a-run-leaves-the-tree-of-its-caller.md
/**
 * By a shell that ends at once, so that a host that ends the descendants of a waiting pm does not reach the resident.
 * `&` makes the resident ignore SIGINT and SIGQUIT; Node.js resets both in the programs that it starts.
 */
const IN_BACKGROUND = '"$@" &';

// Why: contributing/decisions/2026-11-23-a-resident-that-owns-nothing.md
/**
 * Starts the resident monitor of the directory if there is none, so that limits and hangs are noticed while nobody waits.
 * It may fail, and does nothing with `PM_RESIDENT=off`: then the wrapper enforces the limit, and anybody who waits judges the run.
 */
export function ensureResident(dir: string, { resident, env, program }: Context): void {
  const [node, ...args] = resident ?? [];
  if (node === undefined || env['PM_RESIDENT'] === 'off' || hasResident(dir, program)) return;
  const { spawn } = process.getBuiltinModule('node:child_process'); // loading it takes 7 ms, and most calls do not need it
  const inherited = replaceInherited();
  const goBack = leaveCgroup(); // if a run starts it, it must not be killed with the run
  try {
    const child = spawn('/bin/sh', ['-c', IN_BACKGROUND, 'sh', node, ...args, dir], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', ...inherited.stdio],
      env: { ...env, PM_RUN_ID: 'resident' },
    });
    child.on('error', () => {}); // no memory or no free pid: then there is no resident
    child.unref();
  } catch {
    // The same errors, thrown by `spawn` itself.
  } finally {
    goBack();
    inherited.close();
  }
}

/** An older resident ends when a newer one starts, so it does not count. A newer one judges our runs as well. */
function hasResident(dir: string, program: string | undefined): boolean {
  const holder = findResident(dir);
  return holder !== undefined && (program === undefined || !isNewerProgram(program, holder.program));
}

/** Does the same after the answer was written, if the answer shows a live run or work is left: so the next call replaces a resident that was killed. */
export function ensureResidentAfterAnswer(dir: string, views: readonly RunView[], context: Context): void {
  if (views.some(isLive) || openWork(dir).length > 0) context.answered?.(() => ensureResident(dir, context));
}
