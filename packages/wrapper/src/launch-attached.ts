import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';
import type { SpawnWrapper } from './launch.ts';

/** The wrapper of an attached run: execa keeps it out of our own clean-up, so it outlives a killed terminal. */
export const spawnAttached: SpawnWrapper = (shell, args, { cwd, env, stdio }) =>
  execa(shell, args, {
    cwd,
    env,
    extendEnv: false,
    stdin: stdio[0],
    stdout: stdio[1],
    stderr: stdio[2],
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
  }) as ChildProcess;
