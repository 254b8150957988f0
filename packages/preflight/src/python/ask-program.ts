import type { CheckContext } from '../check.ts';

/** What a program answered, or why it could not be asked. */
export type ProgramAnswer =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: 'failed'; readonly why: string };

/** What is read of an answer: enough for a traceback's last line. */
const KEPT_BYTES = 256 * 1024;

/** Runs a program that answers a question, without a shell, reading nothing from stdin. It is ended when the signal is. */
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

/** The last line that says something: of a traceback, the error. */
export function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? '';
}
