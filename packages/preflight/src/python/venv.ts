import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import type { CheckContext } from '../check.ts';

/** A virtual environment of Python: a folder with a pyvenv.cfg. */
export interface Venv {
  /** Absolute, as it was found: not through its links. */
  readonly folder: string;
  /** What pyvenv.cfg says, keys in lower case. */
  readonly config: Readonly<Record<string, string>>;
}

/**
 * The virtual environment that is meant: the one named, else `.venv` or `venv` in the folder or above it within the same repository,
 * else the activated one. The project's own comes first, because `uv run` and `poetry run` take that, whatever is activated.
 */
export function findVenv({ cwd, env }: CheckContext, named?: string): Venv | undefined {
  if (named !== undefined) return openVenv(resolve(cwd, named));
  for (const folder of upwards(cwd)) {
    const own = openVenv(join(folder, '.venv')) ?? openVenv(join(folder, 'venv'));
    if (own !== undefined) return own;
  }
  const active = env['VIRTUAL_ENV'] ?? '';
  return isAbsolute(active) ? openVenv(active) : undefined;
}

/** A folder and those above it, up to the one that holds the repository (or, without one, itself alone). */
export function upwards(folder: string): string[] {
  const way = [folder];
  for (let at = folder; !existsSync(join(at, '.git')); at = dirname(at)) {
    if (dirname(at) === at) return [folder];
    way.push(dirname(at));
  }
  return way;
}

/** The scripts of a virtual environment, absolute; its links to Python are none. */
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

/** Its interpreter, whether it is there or not. */
export function pythonOf({ folder }: Venv): string {
  const names = ['python', 'python3'].map((name) => join(folder, 'bin', name));
  return names.find((file) => existsSync(file)) ?? join(folder, 'bin', 'python');
}

/** The virtual environment whose interpreter a path is by its form; undefined for `/usr/bin/python3` or a path of another kind. */
export function venvOfInterpreter(interpreter: string): string | undefined {
  const bin = dirname(interpreter);
  if (basename(bin) !== 'bin' || !/^(?:python|pypy)[\d.]*t?$/.test(basename(interpreter))) return undefined;
  const folder = dirname(bin);
  return existsSync(folder) && !existsSync(join(folder, 'pyvenv.cfg')) ? undefined : folder;
}

/** Whether two paths lead to one folder; of one that is not there, by its text. */
export function isSameFolder(one: string, other: string): boolean {
  return one === other || realOf(one) === realOf(other);
}

function realOf(path: string): string {
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
