import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Check } from '../check.ts';
import { readScriptHead } from '../scripts/script-head.ts';
import { editableInstalls, isThere, readText } from './editable-installs.ts';
import { venvRemedies } from './python-remedies.ts';
import { findVenv, isSameFolder, scriptsOf, type Venv, venvOfInterpreter } from './venv.ts';
import { detectVenv, noVenvText, VenvOptions, venvText } from './venv-options.ts';

/**
 * A virtual environment is in the folder that its files name. After a rename of the repository, its scripts and activate files point to
 * the old place. A copy is worse than a move: its scripts run, but in the environment that they were copied from.
 */
export const venvMoved: Check<VenvOptions> = {
  id: 'venv-moved',
  ecosystem: 'python',
  title: 'the virtual environment was not moved',
  options: VenvOptions,
  fromText: venvText,
  detect: detectVenv,

  inspect({ venv: named }, context) {
    const venv = findVenv(context, named);
    if (venv === undefined) return { state: named === undefined ? 'skip' : 'fail', evidence: noVenvText(named) };
    const strays = [...strayScripts(venv), ...strayActivation(venv), ...strayPaths(venv)];
    const [first] = strays;
    if (first === undefined) return { state: 'pass', evidence: `all files of ${venv.folder} point to it` };
    const others = strays.length > 1 ? `, and ${strays.length - 1} more` : '';
    const what = existsSync(first.to) ? 'is a copy or was moved, and something else is at the old place' : 'was moved';
    return { state: 'fail', evidence: `${venv.folder} ${what}: ${first.file} points to ${first.to}${others}` };
  },

  remedies(options, context) {
    const venv = findVenv(context, options.venv);
    return venv === undefined ? [] : venvRemedies(venv, context, options);
  },
};

interface Stray {
  /** The file that points elsewhere, relative to the environment. */
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

/** After `source bin/activate`, the PATH would begin with another folder, and `python` would be another one. */
function strayActivation(venv: Venv): Stray[] {
  const written = ['activate', 'activate.csh', 'activate.fish'];
  return written.flatMap((name) => {
    const text = readText(join(venv.folder, 'bin', name));
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
