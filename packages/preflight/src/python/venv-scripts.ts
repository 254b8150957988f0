import { basename } from 'node:path';
import { withCount } from '@pm/protocol/text';
import type { Check } from '../check.ts';
import { scriptFault } from '../scripts/script-fault.ts';
import { readScriptHead } from '../scripts/script-head.ts';
import { venvRemedies } from './python-remedies.ts';
import { findVenv, scriptsOf } from './venv.ts';
import { detectVenv, noVenvText, VenvOptions, venvText } from './venv-options.ts';

const NAMES = 8;

/**
 * The interpreter of every console script of a virtual environment exists. Scripts whose interpreter is missing, as after a rename of the
 * repository, are named.
 */
export const venvScripts: Check<VenvOptions> = {
  id: 'venv-scripts',
  ecosystem: 'python',
  title: 'the scripts of the virtual environment can run',
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
    if (first === undefined)
      return { state: 'pass', evidence: `all ${scripts.length} scripts in ${venv.folder}/bin can run` };
    const names = dead.map(({ name }) => name);
    return {
      state: 'fail',
      evidence: `${dead.length} of ${scripts.length} scripts cannot run: ${withCount(names, NAMES)}; ${first.why}`,
    };
  },

  remedies(options, context) {
    const venv = findVenv(context, options.venv);
    return venv === undefined ? [] : venvRemedies(venv, context, options);
  },
};
