import { dirname } from 'node:path';
import { locateCommand } from '@pm/process';
import * as z from 'zod/mini';
import type { Check, CheckContext } from '../check.ts';
import { scriptFault } from '../scripts/script-fault.ts';
import { readScriptHead } from '../scripts/script-head.ts';
import { venvRemedies } from './python-remedies.ts';
import { findVenv, scriptsOf } from './venv.ts';

const Options = z.strictObject({ command: z.optional(z.string().check(z.minLength(1))) });
type Options = z.infer<typeof Options>;

/**
 * The interpreter of a command exists, found as exec(3) would find it. For a missing interpreter the kernel reports ENOENT as if the
 * script itself were missing; shells print `bad interpreter`.
 */
export const shebang: Check<Options> = {
  id: 'shebang',
  title: 'the interpreter of the command exists',
  options: Options,
  fromText: (text) => (text === '' ? {} : { command: text }),

  inspect({ command }, context) {
    const name = command ?? context.argv?.[0];
    if (name === undefined) return { state: 'skip', evidence: 'no command is given' };
    const found = locateCommand(name, context.cwd, context.env['PATH']);
    if (found.kind !== 'found') return { state: 'fail', evidence: found.why };
    const fault = scriptFault(found.path, context);
    if (fault !== undefined) return { state: 'fail', evidence: fault };
    const line = readScriptHead(found.path)?.line;
    return { state: 'pass', evidence: line === undefined ? `${found.path} is not a script` : `${found.path}: ${line}` };
  },

  remedies(options, context) {
    const script = scriptOf(options, context);
    const venv = script === undefined ? undefined : findVenv(context, dirname(dirname(script)));
    return venv !== undefined && script !== undefined && scriptsOf(venv).includes(script)
      ? venvRemedies(venv, context, {})
      : [];
  },
};

function scriptOf({ command }: Options, { argv, cwd, env }: CheckContext): string | undefined {
  const found = locateCommand(command ?? argv?.[0] ?? '', cwd, env['PATH']);
  return found.kind === 'found' ? found.path : undefined;
}
