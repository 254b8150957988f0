import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locateCommand, type Resolution } from '@pm/process';
import { isStepName } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import type { Answer, Next } from '../shape/answer.ts';
import { type ShellSyntax, shellMeaning, shellSyntaxIn } from './shell-syntax.ts';
import { type AskedStart, type StartVerb, startCall } from './start-call.ts';

interface RefusedStart {
  readonly verb: StartVerb;
  readonly asked: AskedStart;
  readonly command: readonly string[];
  /** Where the command would run. */
  readonly cwd: string;
  readonly env: Context['env'];
}

/**
 * The answer to a start whose command cannot be run. With the call that works if the words mean something to a shell, or with the one that
 * repairs a virtual environment: its scripts do not run after a move.
 */
export function commandRefusal(
  { kind, why }: Exclude<Resolution, { kind: 'found' }>,
  { verb, asked, command, cwd, env }: RefusedStart,
): Answer {
  const [program = ''] = command;
  const meant = kind === 'not-found' ? shellMeaning(command, env['HOME']) : undefined;
  if (meant !== undefined) {
    const next = startCall(verb, asked, { command: meant.instead }, 'probably what you meant');
    return { runs: [], refusal: { kind, message: meant.message }, next: [next] };
  }
  const [name = '', dashes, ...named] = command;
  if (kind === 'not-found' && asked.step === undefined && dashes === '--' && named.length > 0 && isStepName(name)) {
    const next = startCall(verb, asked, { step: name, command: named }, 'a name goes before the first --');
    return { runs: [], refusal: { kind, message: why }, next: [next] };
  }
  const script = kind === 'cannot-execute' ? locateCommand(program, cwd, env['PATH']) : undefined;
  const venv = script?.kind === 'found' ? dirname(dirname(script.path)) : undefined;
  const isVenv = venv !== undefined && existsSync(join(venv, 'pyvenv.cfg'));
  const mend: Next = {
    operation: 'preflight',
    input: { check: [`venv-scripts:${venv}`], fix: true },
    why: 'repair its virtual environment and check again',
  };
  return { runs: [], refusal: { kind, message: why }, next: isVenv ? [mend] : [] };
}

// Why: contributing/decisions/2026-11-29-shell-syntax-is-refused.md
/** The answer to a start with words such as `&&` where a shell would act on them; undefined if there are none. */
export function shellSyntaxRefusal({ verb, asked, command, cwd, env }: RefusedStart): Answer | undefined {
  const found: ShellSyntax | undefined = shellSyntaxIn(
    command,
    (word) => locateCommand(word, cwd, env['PATH']).kind === 'found',
  );
  if (found === undefined) return undefined;
  const { message, instead } = found;
  return {
    runs: [],
    refusal: { kind: 'shell-syntax', message: `${message}; nothing was started` },
    next: [
      startCall(verb, asked, { command: instead }, 'probably what you meant'),
      startCall(verb, asked, { command, literal: true }, 'if these words are arguments'),
    ],
  };
}
