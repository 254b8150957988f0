import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import type { SpawnWrapper } from './launch.ts';

// Why: contributing/decisions/2026-11-23-execa-only-where-attached.md
/** Spawns the wrapper of an attached run, for `launch`. execa does not end it with us, so it outlives a killed terminal. */
export const spawnAttached: SpawnWrapper = (shell, args, { cwd, env, stdio }) =>
  execa(shell, args, {
    cwd,
    env,
    extendEnv: false,
    // Open files are handed on as they are. `{ file }` would pipe through us, and the job would break when we are killed.
    stdio: stdio as unknown as ['ignore', 'ignore', 'ignore'],
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
  }) as ChildProcess;
