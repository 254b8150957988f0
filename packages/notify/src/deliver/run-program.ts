import type { ChildProcess } from 'node:child_process';
import { codeOf, type DeliveryResult, failed } from './delivery-result.ts';

/** How long a program may take to deliver, ms. */
export const PROGRAM_MS = 30_000;

export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** How long it may take, ms. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program without a shell until it ends. Exit 0 is a delivery. Its output is not read, however much it is. After the time it and
 * its process group are killed.
 */
export async function runProgram(
  [program = '', ...args]: readonly string[],
  { cwd, env, signal, timeoutMs = PROGRAM_MS }: ProgramOptions,
): Promise<DeliveryResult> {
  const { spawn } = process.getBuiltinModule('node:child_process');
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(program, args, { cwd, env: { ...env }, stdio: 'ignore', detached: true });
    } catch (error) {
      return resolve(notStarted(error));
    }
    let ended: string | undefined;
    const end = (why: string): void => {
      ended ??= why;
      killGroup(child);
    };
    const onAbort = (): void => end('it was interrupted');
    const timer = setTimeout(
      () => end(`it took longer than ${Math.round(timeoutMs / 1000)} s and was killed`),
      timeoutMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    const settle = (result: DeliveryResult): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    child.once('error', (error) => settle(notStarted(error)));
    child.once('exit', (code, by) => {
      if (ended !== undefined) return settle(failed(ended));
      settle(
        code === 0 ? { kind: 'delivered' } : failed(code === null ? `it was ended by ${by}` : `it exited with ${code}`),
      );
    });
    if (signal.aborted) onAbort();
  });
}

/** The pid cannot belong to anybody else while the child was not waited for. */
function killGroup({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It ended just now.
  }
}

/** A program that is not there, or may not be executed, will not be there at the next try. */
function notStarted(error: unknown): DeliveryResult {
  const code = codeOf(error);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such program',
    EACCES: 'the program may not be executed',
    ENOTDIR: 'there is no such program',
  };
  return failed(words[code] ?? `the program could not be started (${code})`, words[code] !== undefined);
}
