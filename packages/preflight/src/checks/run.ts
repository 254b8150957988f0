import { isAbsolute, resolve } from 'node:path';
import { resolveCommand } from '@pm/process';
import { Duration } from '@pm/protocol';
import { formatDuration } from '@pm/protocol/text';
import * as z from 'zod/mini';
import type { Check, CheckContext } from '../check.ts';

const NO_SHELL = 'must not contain shell operators such as &&: there is no shell. Use sh -c "…"';

const Options = z.strictObject({
  argv: z
    .array(z.string())
    .check(z.minLength(1, 'must be a command and its arguments'), z.refine(hasNoOperator, NO_SHELL)),
  cwd: z.optional(z.string()),
  timeout: z.optional(Duration),
});
type Options = z.infer<typeof Options>;

/** Shorter than the budget of a check: a command that hangs is a failure, not a check without a result. */
const TIMEOUT_MS = 8_000;
/** A daemon that the command started may keep its output open for ever: after the exit, the rest is read for this time. */
const DRAIN_MS = 100;
const KEPT_CHARACTERS = 4_096;

/** A command exits with 0. It runs without a shell and without standard input, in a process group of its own, which is killed after its time. */
export const run: Check<Options> = {
  id: 'run',
  title: 'the command exits with 0',
  options: Options,
  fromText: (text) => ({ argv: wordsOf(text) }),
  async inspect({ argv, cwd: from = '.', timeout: timeoutMs = TIMEOUT_MS }, context, signal) {
    const cwd = resolve(context.cwd, from);
    const [name = '', ...args] = argv;
    const program = resolveCommand(name, cwd, context.env['PATH']);
    if (program.kind !== 'found') return { state: 'fail', evidence: program.why };
    const path = isAbsolute(program.path) ? program.path : resolve(cwd, program.path);
    const { ending, output } = await endingOf([path, ...args], { cwd, env: context.env }, timeoutMs, signal);
    const said = lastWords(output);
    const evidence = [`${name} ${ending}`, ...(said === '' ? [] : [said])].join(': ');
    return { state: ending === 'exited with 0' ? 'pass' : 'fail', evidence };
  },
};

/** `a && b` without a shell would run `a` alone, and pass. */
function hasNoOperator(argv: readonly string[]): boolean {
  return !argv.some((word) => /^(?:&&?|\|\|?|;|[12]?>>?|<|2>&1)$/.test(word));
}

/** Words as a shell splits them, but for variables and wildcards: quotes and backslashes keep a blank. An open quote ends with the text. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:[^\s'"\\]|\\[\s\S]|'[^']*'?|"(?:[^"\\]|\\[\s\S])*"?)+/g) ?? [];
  return words.map((word) =>
    word.replace(
      /\\([\s\S])|'([^']*)'?|"((?:[^"\\]|\\[\s\S])*)"?/g,
      (_, plain?: string, single?: string, double = '') => plain ?? single ?? double.replace(/\\(["\\$`])/g, '$1'),
    ),
  );
}

async function endingOf(
  [path = '', ...args]: readonly string[],
  { cwd, env }: CheckContext,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<{ readonly ending: string; readonly output: string }> {
  const { spawn } = await import('node:child_process');
  return new Promise((settle) => {
    const child = spawn(path, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let late = false;
    const kill = (): void => {
      // Its pid cannot be another process: it has not been waited for, or `exitCode` would be set.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
    };
    const timer = setTimeout(() => {
      late = true;
      kill();
    }, timeoutMs);
    signal.addEventListener('abort', kill, { once: true });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output = `${output}${text}`.slice(-KEPT_CHARACTERS);
      });
    }
    const end = (ending: string): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', kill);
      for (const stream of [child.stdout, child.stderr]) stream.destroy();
      settle({ ending, output });
    };
    const endingNow = (): string => {
      if (late) return `did not end within ${formatDuration(timeoutMs)}`;
      return child.signalCode === null ? `exited with ${child.exitCode}` : `was ended by ${child.signalCode}`;
    };
    child.on('error', ({ message }) => end(`cannot run: ${message}`));
    child.on('exit', () => setTimeout(() => end(endingNow()), DRAIN_MS));
    child.on('close', () => end(endingNow()));
  });
}

/** The last two lines that are not empty: the first of them often says what, the second what to do. */
function lastWords(output: string): string {
  const lines = output.split(/[\r\n]+/).map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-2)
    .join(' / ');
}
