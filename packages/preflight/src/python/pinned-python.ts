import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CheckContext } from '../check.ts';
import { readText } from './editable-installs.ts';
import { upwards } from './venv.ts';

/** The versions of Python that a `.python-version` asks for. */
export interface PinnedPython {
  readonly file: string;
  /** Beginnings of versions, of which one is enough: `3.12`, `3.12.4`. */
  readonly wanted: readonly string[];
  /** uv obeys the file in a project of its own. */
  readonly byUv: boolean;
}

/** The nearest `.python-version`, here or above within the repository; undefined if there is none, or it names something else than versions. */
export function pinnedPython({ cwd }: Pick<CheckContext, 'cwd'>): PinnedPython | undefined {
  const folders = upwards(cwd);
  const file = folders.map((folder) => join(folder, '.python-version')).find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const byUv = folders.some((folder) => existsSync(join(folder, 'uv.lock')));
  const wanted = pinnedVersions(readText(file), byUv);
  return wanted === undefined ? undefined : { file, wanted, byUv };
}

/**
 * Reads the lines of a `.python-version`. uv obeys the first one, and a patch version too. pyenv makes all of them available, and its
 * environments work with any patch version. Pure.
 * @returns undefined if a line is no version: `system`, `miniconda3-4.7`, the name of an environment of pyenv-virtualenv, a range, a path
 */
export function pinnedVersions(text: string, byUv: boolean): string[] | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');
  const versions = lines.slice(0, byUv ? 1 : lines.length).map((line) => {
    const [, version] =
      /^(?:(?:cpython|python|pypy)[@-]?)?(\d+(?:\.\d+){0,2})(?:[-+]?(?:t|dev|freethreaded))?(?:-\w+)*$/i.exec(line) ??
      [];
    return byUv ? version : version?.split('.').slice(0, 2).join('.');
  });
  return versions.length === 0 || versions.includes(undefined)
    ? undefined
    : versions.filter((one) => one !== undefined);
}
