import type { CheckContext } from './check.ts';

/** The output of a program that exited, or why it did not exit on its own. */
export type ProgramAnswer =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'failed'; readonly why: string };

/** How much output is read: enough for the last line of a traceback. */
const KEPT_BYTES = 256 * 1024;

/** Runs a program without a shell and without stdin, and returns its output. The signal ends it. */
export async function askProgram(
  [program = '', ...args]: readonly string[],
  { cwd, env }: CheckContext,
  signal: AbortSignal,
): Promise<ProgramAnswer> {
  const { execa } = await import('execa');
  const { exitCode, stdout, stderr, shortMessage, originalMessage } = await execa(program, args, {
    cwd,
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    cancelSignal: signal,
    forceKillAfterDelay: 500,
    maxBuffer: KEPT_BYTES,
  });
  return exitCode === undefined
    ? { kind: 'failed', why: (originalMessage ?? shortMessage ?? 'it did not end').split('\n')[0] ?? '' }
    : { kind: 'exited', code: exitCode, stdout, stderr };
}

/** The last line that is not empty: the error of a traceback. */
export function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
