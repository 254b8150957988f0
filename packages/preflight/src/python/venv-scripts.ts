import { basename } from 'node:path';
import type { Check } from '../check.ts';
import { venvRemedies } from './python-remedies.ts';
import { scriptFault } from './script-fault.ts';
import { readScriptHead } from './script-head.ts';
import { findVenv, scriptsOf } from './venv.ts';
import { detectVenv, noVenvText, VenvOptions, venvText } from './venv-options.ts';

const NAMES = 8;

/**
 * Every script of a virtual environment has its interpreter; the dead ones are named. From the seed: "console scripts have valid shebangs?
 * (catches post-rename breakage)", which it asks by `uv run pytest --co`: one script of many, and only where uv and pytest are.
 */
export const venvScripts: Check<VenvOptions> = {
  id: 'venv-scripts',
  title: 'the console scripts of the virtual environment run',
  options: VenvOptions,
  fromText: venvText,
  detect: detectVenv,

  inspect({ venv: named }, context) {
    const venv = findVenv(context, named);
    if (venv === undefined) return { state: named === undefined ? 'skip' : 'fail', evidence: noVenvText(named) };
    const scripts = scriptsOf(venv).filter((file) => readScriptHead(file) !== undefined);
    const dead = scripts.flatMap((file) => {
      const why = scriptFault(file, context);
      return why === undefined ? [] : [{ name: basename(file), why }];
    });
    const [first] = dead;
    if (first === undefined) return { state: 'pass', evidence: `all of ${venv.folder}/bin run: ${scripts.length}` };
    const names = dead.slice(0, NAMES).map(({ name }) => name);
    const more = dead.length > NAMES ? ` and ${dead.length - NAMES} more` : '';
    return {
      state: 'fail',
      evidence: `${dead.length} of ${scripts.length} are dead: ${names.join(' ')}${more}; ${first.why}`,
    };
  },

  remedies(options, context) {
    const venv = findVenv(context, options.venv);
    return venv === undefined ? [] : venvRemedies(venv, context, options);
  },
};
