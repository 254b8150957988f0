import { PmError, type Restart } from '@pm/protocol';
import { quote } from '@pm/protocol/text';
import { dataForCommand, waitingInput } from '../project/caller-input.ts';
import type { Context } from '../project/context.ts';
import type { Answer, Next } from '../shape/answer.ts';
import { commandLine } from './shell-syntax.ts';
import { type AskedStart, type StartVerb, startCall } from './start-call.ts';

// Why: contributing/decisions/2026-11-29-standard-input-of-a-start.md
/** The refusal of a start whose caller gives data that the command would not get; undefined if there is none. */
export function unreadInputRefusal(
  verb: StartVerb,
  asked: AskedStart,
  command: readonly string[],
  context: Pick<Context, 'stdin' | 'env'>,
): Answer | undefined {
  if (context.stdin === undefined || asked.stdin === true) return undefined;
  const data = dataForCommand(context.stdin, context.env);
  if (data === undefined) return undefined;
  const { from, path } = data;
  const message = `standard input is ${from}, and the command would get none of it; nothing was started. Pass it on with --stdin, let a shell open the file, or give this call an empty input with < /dev/null`;
  const fromShell = `${commandLine(command)} < ${quote(path ?? '')}`;
  const next: Next[] = [
    ...(path === undefined
      ? []
      : [startCall(verb, asked, { command: ['sh', '-c', fromShell] }, 'let a shell open the file')]),
    startCall(verb, asked, { stdin: true }, 'pass standard input on; redirect it as in this call'),
  ];
  return { runs: [], refusal: { kind: 'unread-input', message }, next };
}

const RETRIED = "pm start load --retries 3 -- sh -c './load.sh < dump.sql'";
const RESTARTED = "pm start load --restart on-failure -- sh -c './load.sh < dump.sql'";

/**
 * Refuses to pass an input on that the command could not use.
 * @throws PmError `usage` for a terminal in the background, for several attempts, and where the caller has no input
 */
export function checkStdin(verb: StartVerb, attempts: number | Restart, stdin: number | undefined): void {
  const problem = (message: string, next: string): PmError => new PmError('usage', message, next);
  if (stdin === undefined)
    throw problem('--stdin: this caller has no standard input.', 'Start the command without it.');
  if (attempts !== 0) {
    const option = typeof attempts === 'number' ? '--retries' : '--restart';
    throw problem(
      `--stdin and ${option} cannot be used together: only the first attempt would get the input.`,
      `Let a shell open the file for each attempt: ${typeof attempts === 'number' ? RETRIED : RESTARTED}`,
    );
  }
  if (verb === 'start' && process.getBuiltinModule('node:tty').isatty(stdin))
    throw problem(
      '--stdin: a run in the background cannot read from a terminal.',
      'Run it in the foreground: pm run --stdin -- cat',
    );
}

/** Says that data came later than the start could see it. One sentence, or none. */
export function lateInputNote(asked: AskedStart, { stdin, env }: Pick<Context, 'stdin' | 'env'>): string | undefined {
  if (stdin === undefined || asked.stdin === true) return undefined;
  const waiting = waitingInput(stdin, env);
  if (waiting.kind === 'unknown')
    return 'standard input is a pipe, and the command got none of it; --stdin would pass it on';
  if (waiting.kind !== 'data') return undefined;
  return `data came on standard input (${waiting.from}), and the command got none of it; --stdin would pass it on`;
}
