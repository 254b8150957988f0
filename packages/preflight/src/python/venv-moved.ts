import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Check } from '../check.ts';
import { editableInstalls, isThere } from './editable-installs.ts';
import { venvRemedies } from './python-remedies.ts';
import { readScriptHead } from './script-head.ts';
import { findVenv, isSameFolder, scriptsOf, type Venv, venvOfInterpreter } from './venv.ts';
import { detectVenv, noVenvText, VenvOptions, venvText } from './venv-options.ts';

/**
 * A virtual environment is where its files say. From the seed: "`uv run` masking stale venv: console scripts have stale shebangs after repo
 * rename". A copy is worse than a move: its scripts run, in the environment they were copied from.
 */
export const venvMoved: Check<VenvOptions> = {
  id: 'venv-moved',
  title: 'the virtual environment is where its files say',
  options: VenvOptions,
  fromText: venvText,
  detect: detectVenv,

  inspect({ venv: named }, context) {
    const venv = findVenv(context, named);
    if (venv === undefined) return { state: named === undefined ? 'skip' : 'fail', evidence: noVenvText(named) };
    const strays = [...strayScripts(venv), ...strayActivation(venv), ...strayPaths(venv)];
    const [first] = strays;
    if (first === undefined) return { state: 'pass', evidence: `what ${venv.folder} says of its place is so` };
    const others = strays.length > 1 ? `, and ${strays.length - 1} more` : '';
    const what = existsSync(first.to) ? 'is a copy or was moved: something else is there now' : 'was moved';
    return { state: 'fail', evidence: `${venv.folder} ${what}: ${first.file} points to ${first.to}${others}` };
  },

  remedies(options, context) {
    const venv = findVenv(context, options.venv);
    return venv === undefined ? [] : venvRemedies(venv, context, options);
  },
};

interface Stray {
  /** What points elsewhere, seen from the environment. */
  readonly file: string;
  readonly to: string;
}

function strayScripts(venv: Venv): Stray[] {
  return scriptsOf(venv).flatMap((script) => {
    const { interpreter = '' } = readScriptHead(script) ?? {};
    const home = interpreter.startsWith('/') ? venvOfInterpreter(interpreter) : undefined;
    return home === undefined || isSameFolder(home, venv.folder)
      ? []
      : [{ file: `bin/${basename(script)}`, to: interpreter }];
  });
}

/** `source bin/activate` would put a folder on the PATH that is not this one's, and python be another. */
function strayActivation(venv: Venv): Stray[] {
  const written = ['activate', 'activate.csh', 'activate.fish'];
  return written.flatMap((name) => {
    const text = textOf(join(venv.folder, 'bin', name));
    const homes = [...text.matchAll(/\bVIRTUAL_ENV(?:=| )(?:\$\(cygpath )?(["']?)(\/[^"'\n)]*)\1/g)];
    return homes
      .flatMap(([, , to = '']) => (isSameFolder(to, venv.folder) ? [] : [{ file: `bin/${name}`, to }]))
      .slice(0, 1);
  });
}

function strayPaths(venv: Venv): Stray[] {
  return editableInstalls(venv).flatMap(({ file, targets }) => {
    const gone = targets.find((target) => !isThere(target));
    return gone === undefined ? [] : [{ file: `${basename(dirname(file))}/${basename(file)}`, to: gone }];
  });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
