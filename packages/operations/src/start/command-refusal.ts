import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locateCommand, type Resolution } from '@pm/process';
import type { Context } from '../project/context.ts';
import type { Answer, Next } from '../shape/answer.ts';

/** The answer to a start whose command cannot be run. A script of a virtual environment was probably moved: then with the call that repairs it. */
export function commandRefusal(
  program: string,
  { kind, why }: Exclude<Resolution, { kind: 'found' }>,
  cwd: string,
  { env }: Pick<Context, 'env'>,
): Answer {
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
