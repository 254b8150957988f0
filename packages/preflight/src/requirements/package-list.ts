import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { upwards } from '../upwards.ts';
import type { MarkerEnvironment, WantedPackages } from './installed-package.ts';
import { mainOf, wantedByPipenv, wantedByPylock } from './other-locks.ts';
import { type PoetryLock, wantedByPoetry } from './poetry-lock.ts';
import { requirementOf, wantedByRequirements } from './requirements-txt.ts';
import { type UvLock, wantedByUv } from './uv-lock.ts';

/** Who installs from a list. `project`: the dependencies in pyproject.toml, where there is no lockfile. */
export type Installer = (typeof LISTS)[number][1];

/** A file that names the packages of a project. */
export interface PackageList {
  readonly folder: string;
  readonly file: string;
  readonly by: Installer;
}

/** In this order: a project that changed its package manager may have kept the lockfile of the old one. */
const LISTS = [
  ['uv.lock', 'uv'],
  ['poetry.lock', 'poetry'],
  ['pdm.lock', 'pdm'],
  ['Pipfile.lock', 'pipenv'],
  ['pylock.toml', 'pylock'],
  ['requirements.txt', 'pip'],
  ['requirements/base.txt', 'pip'],
  ['requirements/common.txt', 'pip'],
  ['requirements/main.txt', 'pip'],
  ['pyproject.toml', 'project'],
] as const;

/**
 * The list of packages for this folder, here or above it within the repository.
 * @param venv the folder of the environment: a list above its project is not for it
 */
export function findPackageList(cwd: string, venv: string | undefined): PackageList | undefined {
  const way = upwards(cwd);
  const own = venv === undefined ? -1 : way.indexOf(dirname(venv));
  const folders = own < 0 ? way : way.slice(0, own + 1);
  const locked = LISTS.filter(([, by]) => by !== 'project');
  return firstOf(folders, locked) ?? firstOf(folders, LISTS);
}

function firstOf(
  folders: readonly string[],
  lists: readonly (readonly [string, Installer])[],
): PackageList | undefined {
  for (const folder of folders) {
    const [name, by] = lists.find(([file]) => existsSync(join(folder, file))) ?? [];
    if (name !== undefined && by !== undefined) return { folder, file: join(folder, name), by };
  }
  return undefined;
}

/**
 * Reads what a list names for an interpreter. A library for TOML is loaded only if there is a list.
 * @returns undefined if it cannot be read
 */
export async function readPackageList(
  { folder, file, by }: PackageList,
  cwd: string,
  environment: MarkerEnvironment,
): Promise<{ readonly wanted: WantedPackages; readonly isPinned: boolean } | undefined> {
  if (by === 'pip') {
    const list = wantedByRequirements(file, environment, textOf);
    return list === undefined
      ? undefined
      : { wanted: { main: [mainOf(list.packages)], groups: [] }, isPinned: list.isPinned };
  }
  const { parse } = await import('smol-toml');
  const tomlOf = (path: string): Table | undefined => tableOf(textOf(path), parse);
  const project = tomlOf(join(folder, 'pyproject.toml')) ?? {};
  const wanted = ((): WantedPackages | undefined => {
    const list = by === 'pipenv' ? tableOf(textOf(file), JSON.parse) : tomlOf(file);
    if (list === undefined) return undefined;
    switch (by) {
      case 'uv':
        return wantedByUv(list as UvLock, environment, { here: relative(folder, cwd), ...defaultGroupsOf(project) });
      case 'poetry':
      case 'pdm':
        return wantedByPoetry(list as PoetryLock, environment, directOf(project, environment));
      case 'pipenv':
        return wantedByPipenv(list, environment);
      case 'pylock':
        return wantedByPylock(list, environment);
      case 'project':
        return { main: [mainOf(dependenciesOf(list, environment))], groups: [] };
    }
  })();
  return wanted === undefined ? undefined : { wanted, isPinned: by !== 'project' };
}

type Table = Readonly<Record<string, unknown>>;

function tableOf(text: string | undefined, parse: (text: string) => unknown): Table | undefined {
  try {
    return text === undefined ? undefined : (Object(parse(text)) as Table);
  } catch {
    return undefined;
  }
}

/** `default-groups` of `[tool.uv]`: a list, or `all`. */
function defaultGroupsOf(project: Table): { defaultGroups?: readonly string[] | 'all' } {
  const groups = at(project, 'tool', 'uv', 'default-groups');
  return groups === 'all' || Array.isArray(groups) ? { defaultGroups: groups } : {};
}

function dependenciesOf(project: Table, environment: MarkerEnvironment) {
  const written = at(project, 'project', 'dependencies');
  const lines = Array.isArray(written) ? written.filter((line) => typeof line === 'string') : [];
  return lines.flatMap((line) => requirementOf(line, environment) ?? []);
}

/** The names in `[project]` and `[tool.poetry.dependencies]`, without optional ones and those with a marker. */
function directOf(project: Table, environment: MarkerEnvironment): string[] {
  const poetry = Object.entries(Object(at(project, 'tool', 'poetry', 'dependencies')) as Table);
  const plain = poetry.filter(([name, how]) => {
    const { optional, markers, python, platform } = Object(how) as Table;
    return name !== 'python' && optional !== true && [markers, python, platform].every((one) => one === undefined);
  });
  return [...dependenciesOf(project, environment).map(({ name }) => name), ...plain.map(([name]) => name)];
}

function at(table: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce((inner, key) => (Object(inner) as Table)[key], table);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
