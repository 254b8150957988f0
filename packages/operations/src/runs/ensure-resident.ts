import { findResident, isNewerProgram } from '@pm/monitor';
import { leaveCgroup } from '@pm/process';
import type { Context } from '../project/context.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from './outcome-view.ts';

// Why: contributing/decisions/2026-11-23-a-resident-that-owns-nothing.md
/**
 * Starts the resident monitor of the directory if there is none: deadlines and hangs are then seen with nobody waiting.
 * Best effort, and not at all with `PM_RESIDENT=off`: without it the wrapper holds the deadline, and any waiter judges.
 */
export function ensureResident(dir: string, { resident, env, program }: Context): void {
  const [node, ...args] = resident ?? [];
  if (node === undefined || env['PM_RESIDENT'] === 'off' || hasResident(dir, program)) return;
  const { spawn } = process.getBuiltinModule('node:child_process'); // 7 ms that most calls have no need of
  const goBack = leaveCgroup(); // started from within a run, it must not go down with it
  try {
    const child = spawn(node, [...args, dir], {
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

/** One of an older version steps aside for the one that is started now; one of a newer version judges ours as well. */
function hasResident(dir: string, program: string | undefined): boolean {
  const holder = findResident(dir);
  return holder !== undefined && (program === undefined || !isNewerProgram(program, holder.program));
}

/**
 * The same once the answer was written, if it tells of anything live: after a resident was killed, whoever looks brings the next one.
 */
export function ensureResidentAfterAnswer(dir: string, views: readonly RunView[], context: Context): void {
  if (views.some(isLive)) context.answered?.(() => ensureResident(dir, context));
}
