import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { lastingFolders } from '@pm/operations';
import { isProgramFile } from '../parse/missing-dashes.ts';
import { quote } from '../text/shell-words.ts';
import type { CliProcess } from './cli-process.ts';

/** The names under which this program is installed. */
const NAMES = ['pm', 'process-monitor'];

/** A script that only starts another program is shorter than this. */
const SHIM_BYTES = 4_096;

/**
 * The words with which the caller can call this program again, so that a suggested call works as written: `pm` if the PATH has this very
 * program under that name, else the path of this call. A permission of an agent for `pm` covers no path.
 */
export function invocationOf({ argv, env, caller }: Pick<CliProcess, 'argv' | 'env' | 'caller'>): string {
  if (caller !== undefined) return caller.invocation;
  const path = argv[1] ?? 'pm';
  const own = realPathOf(path);
  const isNamed = NAMES.includes(basename(path));
  if (own === undefined) return isNamed ? basename(path) : `node ${quote(path)}`; // the file was replaced or removed meanwhile
  const name = NAMES.find((candidate) => isSame(fileOnPath(candidate, env), own));
  return name ?? (isNamed && isProgramFile(path) ? quote(path) : `node ${quote(path)}`);
}

/** The file that a shell of the caller runs for this name. */
function fileOnPath(name: string, env: CliProcess['env']): string | undefined {
  return lastingFolders(env)
    .map((folder) => join(folder, name))
    .find(isProgramFile);
}

/** Whether this file is our program, a link to it, or a script that starts it: the one of the plugin, or one that a package manager wrote. */
function isSame(file: string | undefined, own: string): boolean {
  const real = file === undefined ? undefined : realPathOf(file);
  if (real === undefined || real === own) return real === own;
  const script = shimAt(real);
  const [, target = ''] = /["'](?:\$\{?\w+\}?)?(\/[^"'\n]*\.cjs)["']\s+"\$@"/.exec(script) ?? [];
  if (target === '') return false;
  return [target, resolve(dirname(real), `.${target}`)].some((path) => realPathOf(path) === own);
}

function shimAt(file: string): string {
  try {
    return statSync(file).size > SHIM_BYTES ? '' : readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function realPathOf(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
