import * as z from 'zod/mini';
import { askProgram, lastLineOf } from '../ask-program.ts';
import type { Check } from '../check.ts';
import { isVersion, uvFlags, uvOptions, uvSync, venvRemedies } from './python-remedies.ts';
import { findVenv, pythonOf, type Venv } from './venv.ts';
import { venvMoved } from './venv-moved.ts';

const Module = z
  .string()
  .check(z.regex(/^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u, 'must be the name of a Python module'));
const Options = z.strictObject({
  modules: z.array(Module).check(z.minLength(1)),
  /** Import by `uv run`, which has its own rules for finding the environment. */
  uv: z.optional(z.boolean()),
  /** More arguments for `uv run`: `["--group", "test"]`. */
  uvArgs: z.optional(z.array(z.string())),
  ...uvOptions,
});
type Options = z.infer<typeof Options>;

/**
 * Modules can be imported by the interpreter: that of the virtual environment, one that is named, or that of `uv run`. Importing runs the
 * code of the module, so this check is never detected, only configured.
 */
export const pythonModule: Check<Options> = {
  id: 'python-module',
  title: 'Python can import the modules',
  options: Options,
  fromText: (text) => {
    const [, names = text, python] = /^(.*[^,\s])\s+(\S+)$/s.exec(text.trim()) ?? [];
    return { modules: names.split(',').map((name) => name.trim()), ...(python !== undefined && { python }) };
  },

  async inspect(options, context, signal) {
    const [program = '', ...args] = callOf(options, pythonHere(context));
    const answered = await askProgram([program, ...args], context, signal);
    const names = options.modules.join(', ');
    if (answered.kind === 'failed')
      return { state: 'fail', evidence: `${program} could not be run to import ${names}: ${answered.why}` };
    if (answered.code === 0) return { state: 'pass', evidence: `${program} imports ${names}` };
    return { state: 'fail', evidence: `${program}: ${lastLineOf(answered.stderr) || `exit ${answered.code}`}` };
  },

  async remedies(options, context, signal) {
    const venv = findVenv(context);
    if (isOfNoProject(options, venv)) return [];
    const isMoved = venv !== undefined && (await venvMoved.inspect({}, context, signal)).state === 'fail';
    return isMoved ? venvRemedies(venv, context, options) : uvSync(context, options);
  },
};

/** With `--no-sync`, because a check changes nothing, and a sync would hide the problem that is looked for. */
function callOf({ modules, uv = false, uvArgs = [], ...options }: Options, own: string): string[] {
  const code = ['-c', `import ${modules.join(', ')}`];
  if (uv) return ['uv', 'run', '--no-sync', ...uvFlags(options), ...uvArgs, 'python', ...code];
  const { python } = options;
  return [python === undefined ? own : isVersion(python) ? `python${python}` : python, ...code];
}

/** The remedies repair the environment of the project. They do not help a Python outside of it. */
function isOfNoProject({ python, uv = false }: Options, venv: Venv | undefined): boolean {
  return (
    !uv && python !== undefined && !isVersion(python) && !(venv !== undefined && python.startsWith(`${venv.folder}/`))
  );
}

function pythonHere(context: Parameters<typeof findVenv>[0]): string {
  const venv = findVenv(context);
  return venv === undefined ? 'python3' : pythonOf(venv);
}
