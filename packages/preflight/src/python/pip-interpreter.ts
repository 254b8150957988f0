import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { locateCommand } from '@pm/process';
import * as z from 'zod/mini';
import { askProgram, lastLineOf } from '../ask-program.ts';
import type { Check } from '../check.ts';
import { scriptFault } from '../scripts/script-fault.ts';
import { venvRemedies } from './python-remedies.ts';
import { findVenv, pythonOf, realPathOf } from './venv.ts';

const Options = z.strictObject({
  /** A path, or a name on the PATH. */
  pip: z.optional(z.string().check(z.minLength(1))),
  python: z.optional(z.string().check(z.minLength(1))),
});
type Options = z.infer<typeof Options>;

/** Prints the prefix of the interpreter, and every folder it imports from. */
const ASK = 'import sys; print(sys.prefix, *sys.path, sep="\\n")';

/**
 * `pip` installs into the environment that Python uses. If not, `pip show` does not find what `uv run` can import: uv makes environments
 * without pip, so the pip on the PATH belongs to another Python. It warns only: nothing is broken until something is installed with it.
 */
export const pipInterpreter: Check<Options> = {
  id: 'pip-interpreter',
  title: 'pip installs into the Python that is used',
  options: Options,
  fromText: (text) => (text === '' ? {} : { pip: text }),
  detect: ({ env }) => ((env['VIRTUAL_ENV'] ?? '') === '' ? undefined : {}),

  async inspect({ pip = 'pip', python }, context, signal) {
    const found = locateCommand(pip, context.cwd, context.env['PATH']);
    if (found.kind !== 'found') return { state: 'skip', evidence: found.why };
    const fault = scriptFault(found.path, context);
    if (fault !== undefined) return { state: 'fail', evidence: fault };
    const venv = findVenv(context);
    const interpreter = python ?? (venv === undefined ? 'python3' : pythonOf(venv));
    const [version, paths] = await Promise.all([
      askProgram([found.path, '--version'], context, signal),
      askProgram([interpreter, '-I', '-c', ASK], context, signal),
    ]);
    const [, home] = /^pip \S+ from (.+?) \(python/.exec(version.kind === 'exited' ? version.stdout.trim() : '') ?? [];
    if (home === undefined)
      return { state: 'inconclusive', evidence: `${found.path} --version does not print its location` };
    if (paths.kind !== 'exited' || paths.code !== 0) {
      const why = paths.kind === 'failed' ? paths.why : lastLineOf(paths.stderr);
      return { state: 'inconclusive', evidence: `${interpreter} does not print its import path: ${why}` };
    }
    const [prefix = '', ...looked] = paths.stdout.trim().split('\n');
    const site = realPathOf(dirname(home));
    // A virtual environment may import packages of the system too, but the pip of the system does not install into it.
    const isOwn = !existsSync(join(prefix, 'pyvenv.cfg')) || site.startsWith(`${realPathOf(prefix)}/`);
    const isSeen = isOwn && looked.some((folder) => realPathOf(folder) === site);
    return isSeen
      ? { state: 'pass', evidence: `${found.path} and ${interpreter} belong to ${prefix}` }
      : {
          state: 'warn',
          evidence: `${found.path} installs into ${dirname(home)}, but ${interpreter} belongs to ${prefix}: use ${interpreter} -m pip`,
        };
  },

  /** An environment without pip gets the one that comes with Python. That works offline and replaces nothing. */
  async remedies({ pip = 'pip', python }, context) {
    const venv = findVenv(context);
    if (venv === undefined || python !== undefined) return [];
    const found = locateCommand(pip, context.cwd, context.env['PATH']);
    if (found.kind === 'found' && dirname(found.path) === join(venv.folder, 'bin'))
      return venvRemedies(venv, context, {});
    const isActivated = context.env['PATH']?.split(':')[0] === join(venv.folder, 'bin');
    if (!isActivated || existsSync(join(venv.folder, 'bin', 'pip'))) return [];
    return [{ argv: [pythonOf(venv), '-m', 'ensurepip', '--default-pip'], safety: 'safe' }];
  },
};
