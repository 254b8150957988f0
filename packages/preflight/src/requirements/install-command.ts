import type { PackageList } from './package-list.ts';

export interface InstallOptions {
  /** The interpreter of the environment. */
  readonly python: string;
  /** What installs requirements: the pip of the environment, or uv where the environment has no pip. */
  readonly pip: 'pip' | 'uv';
  /** Without the packages for development, as the environment was made. */
  readonly isWithoutDefault?: boolean;
}

/** The command that installs what a list names, and removes nothing; undefined if there is none. uv has its own, with more options. Pure. */
export function installCommand({ by, file, folder }: PackageList, options: InstallOptions): string[] | undefined {
  const { python, pip, isWithoutDefault = false } = options;
  const install = pip === 'pip' ? [python, '-m', 'pip', 'install'] : ['uv', 'pip', 'install', '--python', python];
  switch (by) {
    case 'poetry':
      return ['poetry', 'install', ...(isWithoutDefault ? ['--only', 'main'] : [])];
    case 'pdm':
      return ['pdm', 'sync', ...(isWithoutDefault ? ['--prod'] : [])];
    case 'pipenv':
      return ['pipenv', 'sync', ...(isWithoutDefault ? [] : ['--dev'])];
    case 'pip':
      return [...install, '-r', file];
    case 'project':
      return [...install, '-e', folder];
    case 'pylock':
      return pip === 'uv' ? [...install, '-r', file] : undefined;
    case 'uv':
      return undefined;
  }
}
