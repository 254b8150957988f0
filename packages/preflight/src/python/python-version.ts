import { existsSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { locateCommand } from '@pm/process';
import * as z from 'zod/mini';
import { askProgram, lastLineOf } from '../ask-program.ts';
import type { Check, CheckContext, CheckResult } from '../check.ts';
import { isInRange, requiresPythonOf } from '../requirements/requires-python.ts';
import { readText } from './editable-installs.ts';
import { pinnedPython } from './pinned-python.ts';
import { isVersion, recreate, uvOptions, uvProjectOf } from './python-remedies.ts';
import { findVenv, pythonOf, upwards, type Venv } from './venv.ts';

const Options = z.strictObject({
  venv: z.optional(z.string().check(z.minLength(1))),
  requires: z.optional(z.string().check(z.minLength(1))),
  ...uvOptions,
});
type Options = z.infer<typeof Options>;

/** The minor versions to try, newest first. Those before 3.9 are no longer maintained. */
const MINORS = [15, 14, 13, 12, 11, 10, 9];
const ASK = 'import sys; print(".".join(map(str, sys.version_info[:3])))';

/**
 * The interpreter is the one that the environment was created with, and its version is one that the project accepts.
 */
export const pythonVersion: Check<Options> = {
  id: 'python-version',
  ecosystem: 'python',
  title: 'Python has the required version',
  options: Options,
  fromText: (text) => (text === '' ? {} : { requires: text }),
  detect: (context) => (findVenv(context) === undefined ? undefined : {}),

  async inspect(options, context, signal) {
    const venv = findVenv(context, options.venv);
    const gone = venv === undefined ? undefined : goneInterpreter(venv);
    if (gone !== undefined) return { state: 'fail', evidence: gone };
    const python = interpreterOf(options, venv);
    const answered = await askProgram([python, '-I', '-c', ASK], context, signal);
    if (answered.kind === 'failed' || answered.code !== 0) {
      const why = answered.kind === 'failed' ? answered.why : lastLineOf(answered.stderr) || `exit ${answered.code}`;
      return { state: 'fail', evidence: `${python} does not print its version: ${why}` };
    }
    const version = answered.stdout.trim();
    return (
      changed(version, venv) ?? pinned(version, python, venv, context) ?? accepted(version, python, options, context)
    );
  },

  async remedies(options, context, signal) {
    const venv = findVenv(context, options.venv);
    if (venv === undefined) return [];
    // uv finds a matching Python itself.
    if (uvProjectOf(context) !== undefined)
      return recreate(venv, context, options, await isChanged(venv, context, signal));
    const python = await fittingPython(options, context, signal);
    return python === undefined ? [] : recreate(venv, context, { ...options, python });
  },
};

async function isChanged(venv: Venv, context: CheckContext, signal: AbortSignal): Promise<boolean> {
  const answered = await askProgram([pythonOf(venv), '-I', '-c', ASK], context, signal);
  return answered.kind === 'exited' && answered.code === 0 && changed(answered.stdout.trim(), venv) !== undefined;
}

/** An interpreter on the PATH that the project accepts. With any other one, a new environment would fail this check again. */
async function fittingPython(
  options: Options,
  context: CheckContext,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { python } = options;
  const wanted = python === undefined ? undefined : isVersion(python) ? `python${python}` : python;
  const names = wanted === undefined ? ['python3', ...MINORS.map((minor) => `python3.${minor}`)] : [wanted];
  for (const name of names.filter((one) => locateCommand(one, context.cwd, context.env['PATH']).kind === 'found')) {
    const answered = await askProgram([name, '-I', '-c', ASK], context, signal);
    if (answered.kind !== 'exited' || answered.code !== 0) continue;
    const version = answered.stdout.trim();
    const isPinned = pinnedPython(context)?.wanted.some((one) => `${version}.`.startsWith(`${one}.`)) ?? true;
    if (isPinned && rangesOf(options, context).every((range) => isInRange(version, range) === true)) return name;
  }
  return undefined;
}

/** Why the interpreter is missing: its link points to a Python that was removed, as by an upgrade of the system or of a version manager. */
function goneInterpreter(venv: Venv): string | undefined {
  const python = pythonOf(venv);
  if (existsSync(python)) return undefined;
  const links = ['python3', 'python'].map((name) => linkOf(join(venv.folder, 'bin', name)));
  const target = links.find((link) => link?.startsWith('/')) ?? venv.config['home'] ?? 'an unknown place';
  return `the Python of ${venv.folder} is missing: it was ${target}`;
}

function interpreterOf({ python = 'python3' }: Options, venv: Venv | undefined): string {
  return venv !== undefined ? pythonOf(venv) : isVersion(python) ? `python${python}` : python;
}

/** Packages are in lib/python3.11, where another minor version does not look. */
function changed(version: string, venv: Venv | undefined): CheckResult | undefined {
  const { version: made = venv?.config['version_info'] } = venv?.config ?? {};
  if (venv === undefined || made === undefined || minorOf(made) === minorOf(version)) return undefined;
  const evidence = `${venv.folder} was created with Python ${made}, but its interpreter is ${version} now and does not look in lib/python${minorOf(made)}`;
  return { state: 'fail', evidence };
}

/** `uv run` deletes an environment that is not of the version in `.python-version`, with everything in it. */
function pinned(
  version: string,
  python: string,
  venv: Venv | undefined,
  context: CheckContext,
): CheckResult | undefined {
  if (venv === undefined) return undefined;
  const pin = pinnedPython(context);
  if (pin === undefined || pin.wanted.some((one) => `${version}.`.startsWith(`${one}.`))) return undefined;
  const loses = pin.byUv ? ': uv run would delete the environment and create another one' : '';
  return {
    state: 'fail',
    evidence: `${python} is ${version}, but ${pin.file} says ${pin.wanted.join(' or ')}${loses}`,
  };
}

function accepted(version: string, python: string, options: Options, context: CheckContext): CheckResult {
  const ranges = rangesOf(options, context);
  const refused = ranges.find((range) => isInRange(version, range) === false);
  if (refused !== undefined)
    return { state: 'fail', evidence: `${python} is ${version}, but the project requires ${refused}` };
  const unknown = ranges.find((range) => isInRange(version, range) === undefined);
  if (unknown !== undefined)
    return {
      state: 'inconclusive',
      evidence: `${python} is ${version}; the range ${unknown} is not supported by this check`,
    };
  return {
    state: 'pass',
    evidence: `${python} is ${version}${ranges.length > 0 ? `, as required by ${ranges.join(' and ')}` : ''}`,
  };
}

function rangesOf({ requires, python }: Options, context: CheckContext): string[] {
  return [requires, isVersion(python) ? python : undefined, projectRange(context)].filter(
    (range) => range !== undefined,
  );
}

function projectRange({ cwd }: CheckContext): string | undefined {
  return upwards(cwd)
    .map((folder) => requiresPythonOf((file) => readText(join(folder, file))))
    .find((range) => range !== undefined);
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
