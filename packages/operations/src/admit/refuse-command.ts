import { fstatSync } from 'node:fs';
import { resolveCommand } from '@pm/process';
import type { Context } from '../project/context.ts';
import type { StartRequest } from '../project/start-request.ts';
import type { Answer } from '../shape/answer.ts';
import type { AskedStart, StartVerb } from './start-call.ts';

/** Why this command would not do what the caller means: shell syntax, a program that is not there, input that nobody would read. */
export async function refusalOf(
  verb: StartVerb,
  { command, literal, retries = 0, restart }: StartRequest,
  asked: AskedStart,
  cwd: string,
  context: Context,
): Promise<Answer | undefined> {
  const { env } = context;
  const [program = ''] = command;
  if (literal !== true && (mayHaveSyntax(command) || STUB.test(program))) {
    const { shellSyntaxRefusal } = await import('./command-refusal.ts');
    const refusal = shellSyntaxRefusal({ verb, asked, command, cwd, env });
    if (refusal !== undefined) return refusal;
  }
  const resolution = resolveCommand(program, cwd, env['PATH']);
  if (resolution.kind !== 'found') {
    const { commandRefusal } = await import('./command-refusal.ts');
    return commandRefusal(resolution, { verb, asked, command, cwd, env });
  }
  if (asked.stdin === true) (await import('./unread-input.ts')).checkStdin(verb, restart ?? retries, context.stdin);
  if (!mayHoldInput(asked, context)) return undefined;
  return (await import('./unread-input.ts')).unreadInputRefusal(verb, asked, command, context);
}

/** False if the words after the program cannot be the reason of a refusal. */
export function mayHaveSyntax(command: readonly string[]): boolean {
  return command.some((word) => MAYBE_SYNTAX.test(word));
}

/** What `shell-syntax.ts` may find. Most starts do not load it. */
const MAYBE_SYNTAX = /^(?:\d*[<>]|[&|;])|;$/;
/** Parts of a shell for which POSIX demands a program, too. It would change only itself. */
const STUB = /^(?:alias|bg|cd|fg|jobs|read|ulimit|umask|unalias|wait)$/;

/** False for a terminal, /dev/null, a socket and a closed descriptor: nothing is loaded for them. */
function mayHoldInput({ stdin: isPassedOn }: AskedStart, { stdin }: Context): boolean {
  if (stdin === undefined || isPassedOn === true) return false;
  try {
    const stat = fstatSync(stdin);
    const isMemoryDevice = stat.isCharacterDevice() && stat.rdev >> 8 === 1 && stat.rdev !== 0x103; // not /dev/null
    return stat.isFile() || stat.isFIFO() || stat.isBlockDevice() || isMemoryDevice;
  } catch {
    return false;
  }
}

/** After a wait: whether data came on standard input that the run did not get. */
export async function lateInputNotes(asked: AskedStart, context: Context): Promise<string[]> {
  if (!mayHoldInput(asked, context)) return [];
  const note = (await import('./unread-input.ts')).lateInputNote(asked, context);
  return note === undefined ? [] : [note];
}
