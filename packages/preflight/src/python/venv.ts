import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { CheckContext } from '../check.ts';
import { upwards } from '../upwards.ts';

export { upwards };

/** A Python virtual environment: a folder with a pyvenv.cfg. */
export interface Venv {
  /** Absolute, as it was found; links are not resolved. */
  readonly folder: string;
  /** The settings in pyvenv.cfg, with keys in lower case. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Finds the virtual environment: the named one, else that of `UV_PROJECT_ENVIRONMENT` in a project of uv, else `.venv`, `venv` or `env` in
 * the folder or above it within the same repository, else the activated one. The project's own comes before the activated one because
 * `uv run` and `poetry run` use it too. If the folder of the activated one was renamed, it is looked for by its name.
 */
export function findVenv({ cwd, env }: CheckContext, named?: string): Venv | undefined {
  if (named !== undefined) return openVenv(resolve(cwd, named));
  const active = env['VIRTUAL_ENV'] ?? '';
  const ofUv = env['UV_PROJECT_ENVIRONMENT'] ?? '';
  for (const folder of upwards(cwd)) {
    const names = [
      ...(ofUv !== '' && existsSync(join(folder, 'uv.lock')) ? [ofUv] : []),
      ...['.venv', 'venv', 'env'],
      ...(goneActive(env) === undefined ? [] : [basename(active)]),
    ];
    const own = names.map((name) => openVenv(resolve(folder, name))).find((venv) => venv !== undefined);
    if (own !== undefined) return own;
  }
  return isAbsolute(active) ? openVenv(active) : undefined;
}

/** The activated environment, if it does not exist. Then `python` is another one than the shell shows in its prompt. */
export function goneActive(env: CheckContext['env']): string | undefined {
  const active = env['VIRTUAL_ENV'] ?? '';
  return active !== '' && openVenv(active) === undefined ? active : undefined;
}

/** The absolute paths of the scripts of a virtual environment, without its links to Python. */
export function scriptsOf({ folder }: Venv): string[] {
  try {
    const bin = join(folder, 'bin');
    return readdirSync(bin)
      .sort()
      .map((name) => join(bin, name))
      .filter((file) => lstatSync(file, { throwIfNoEntry: false })?.isFile() === true);
  } catch {
    return [];
  }
}

/** The path of its interpreter, which may not exist. */
export function pythonOf({ folder }: Venv): string {
  const names = ['python', 'python3'].map((name) => join(folder, 'bin', name));
  return names.find((file) => existsSync(file)) ?? join(folder, 'bin', 'python');
}

/** The folder of the virtual environment that an interpreter path points into; undefined for `/usr/bin/python3` and other paths. */
export function venvOfInterpreter(interpreter: string): string | undefined {
  const bin = dirname(interpreter);
  if (basename(bin) !== 'bin' || !/^(?:python|pypy)[\d.]*t?$/.test(basename(interpreter))) return undefined;
  const folder = dirname(bin);
  return existsSync(folder) && !existsSync(join(folder, 'pyvenv.cfg')) ? undefined : folder;
}

/** Whether two paths lead to the same folder. A path that does not exist is compared as text. */
export function isSameFolder(one: string, other: string): boolean {
  return one === other || realPathOf(one) === realPathOf(other);
}

/** A path with its links resolved; the absolute path if it does not exist. */
export function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

function openVenv(folder: string): Venv | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, 'pyvenv.cfg'), 'utf8');
  } catch {
    return undefined;
  }
  const pairs = text.split(/\r?\n/).flatMap((line) => {
    const [, key = '', value = ''] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return key === '' ? [] : [[key.toLowerCase(), value] as const];
  });
  return { folder, config: Object.fromEntries(pairs) };
}
