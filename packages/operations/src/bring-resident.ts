import { spawn } from 'node:child_process';
import { residentOf } from '@pm/monitor';
import { leaveCgroup } from '@pm/process';
import type { Context } from './operation.ts';

/**
 * Starts the resident monitor of the directory if there is none: deadlines and hangs are then seen with nobody waiting.
 * Best effort, and not at all with `PM_RESIDENT=off`: without it the wrapper holds the deadline, and any waiter judges.
 */
export function bringResident(dir: string, { resident, env }: Context): void {
  const [program, ...args] = resident ?? [];
  if (program === undefined || env['PM_RESIDENT'] === 'off' || residentOf(dir) !== undefined) return;
  const goBack = leaveCgroup(); // started from within a run, it must not go down with it
  try {
    const child = spawn(program, [...args, dir], {
      cwd: '/',
      detached: true,
      stdio: 'ignore',
      env: { ...env, PM_RUN_ID: 'resident' },
    });
    child.on('error', () => {}); // no memory, no processes left: as if there were none
    child.unref();
  } catch {
    // The same, said at once.
  } finally {
    goBack();
  }
}
