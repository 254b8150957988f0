import { existsSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { homesIn } from '../../assets/shell-words.mjs';
import type { Check, CheckContext, CheckResult } from '../check.ts';
import { readScriptHead } from '../scripts/script-head.ts';
import { readText } from './editable-installs.ts';
import { type LostSource, lostSources, returnsWith } from './lost-sources.ts';
import { mendVenv, uvSync, venvRemedies } from './python-remedies.ts';
import { findVenv, goneActive, isSameFolder, pythonOf, scriptsOf, type Venv, venvOfInterpreter } from './venv.ts';
import { detectVenv, noVenvText, VenvOptions, venvText } from './venv-options.ts';

/**
 * A virtual environment is in the folder that its files name. After a rename of the repository, its scripts and activate files point to
 * the old place. A copy is worse than a move: its scripts run, but in the environment that they were copied from.
 */
export const venvMoved: Check<VenvOptions> = {
  id: 'venv-moved',
  ecosystem: 'python',
  title: 'the paths in the virtual environment are right',
  options: VenvOptions,
  fromText: venvText,
  detect: (context) => (goneActive(context.env) === undefined ? detectVenv(context) : {}),

  inspect({ venv: named }, context) {
    const venv = findVenv(context, named);
    const gone = named === undefined ? goneActive(context.env) : undefined;
    if (venv === undefined) {
      const isWrong = named !== undefined || gone !== undefined;
      return { state: isWrong ? 'fail' : 'skip', evidence: gone === undefined ? noVenvText(named) : goneText(gone) };
    }
    const { strays, lost } = whatIsWrong(venv);
    const [first] = strays;
    if (first === undefined)
      return (
        lostText(venv, lost) ??
        staleShell(venv, gone, context) ?? { state: 'pass', evidence: `all files of ${venv.folder} point to it` }
      );
    const others = strays.length + lost.length > 1 ? `, and ${strays.length + lost.length - 1} more` : '';
    const what = existsSync(first.to) ? 'is a copy or was moved, and something else is at the old place' : 'was moved';
    return { state: 'fail', evidence: `${venv.folder} ${what}: ${first.file} points to ${first.to}${others}` };
  },

  remedies(options, context) {
    const venv = findVenv(context, options.venv);
    if (venv === undefined) return [];
    const { strays, lost } = whatIsWrong(venv);
    const renamed = [...new Map(lost.map(({ source, now = '' }) => [source, now]))]
      .filter(([, now]) => now !== '')
      .flat();
    if (lost.length === 0 || !existsSync(pythonOf(venv))) return venvRemedies(venv, context, options);
    const isHelped = strays.length > 0 || renamed.length > 0;
    return [...(isHelped ? [mendVenv(venv, renamed)] : []), ...uvSync(context, options, { isAgain: true })];
  },
};

interface Stray {
  /** The file that points elsewhere, relative to the environment. */
  readonly file: string;
  readonly to: string;
  /** The old folder of the environment. */
  readonly home: string;
}

/** What points to the old place of the environment, and projects that are installed in place and are neither there nor at their new place. */
function whatIsWrong(venv: Venv): { readonly strays: Pick<Stray, 'file' | 'to'>[]; readonly lost: LostSource[] } {
  const strays = [...strayScripts(venv), ...strayActivation(venv)];
  const sources = lostSources(venv);
  const homes = strays.map(({ home }) => home);
  const isBack = ({ to }: LostSource): boolean => returnsWith(venv, homes, to);
  return { strays: [...strays, ...sources.filter(isBack)], lost: sources.filter((one) => !isBack(one)) };
}

/** The environment is where it was, and a project beside it is not. */
function lostText({ folder }: Venv, [first, ...others]: readonly LostSource[]): CheckResult | undefined {
  if (first === undefined) return undefined;
  const now = first.now === undefined ? 'was moved or deleted' : `is ${first.now} now`;
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  return {
    state: 'fail',
    evidence: `the source of an editable install in ${folder} ${now}: ${first.file} points to ${first.to}${more}`,
  };
}

/** No remedy can change the variables of a shell. With only VIRTUAL_ENV left, uv and poetry ignore it with a warning. */
function staleShell({ folder }: Venv, gone: string | undefined, { env }: CheckContext): CheckResult | undefined {
  if (gone === undefined) return undefined;
  const isOnPath = env['PATH']?.split(delimiter).includes(join(gone, 'bin')) === true;
  return { state: isOnPath ? 'fail' : 'warn', evidence: `${goneText(gone)}; activate ${folder} instead` };
}

function goneText(gone: string): string {
  return `VIRTUAL_ENV is ${gone}, which is not a virtual environment any more, so another Python is used`;
}

function strayScripts(venv: Venv): Stray[] {
  return scriptsOf(venv).flatMap((script) => {
    const { interpreter = '' } = readScriptHead(script) ?? {};
    const home = interpreter.startsWith('/') ? venvOfInterpreter(interpreter) : undefined;
    return home === undefined || isSameFolder(home, venv.folder)
      ? []
      : [{ file: `bin/${basename(script)}`, to: interpreter, home }];
  });
}

/** After `source bin/activate`, the PATH would begin with another folder, and `python` would be another one. */
function strayActivation(venv: Venv): Stray[] {
  return ['activate', 'activate.csh', 'activate.fish', 'activate.nu'].flatMap((name) => {
    const homes = homesIn(readText(join(venv.folder, 'bin', name)));
    const to = homes.find((home) => !isSameFolder(home, venv.folder));
    return to === undefined ? [] : [{ file: `bin/${name}`, to, home: to }];
  });
}
