import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { quotedFor } from '../../assets/shell-words.mjs';
import { assetPath } from '../assets.ts';
import type { CheckContext, Remedy } from '../check.ts';
import { installCommand } from '../requirements/install-command.ts';
import { findPackageList } from '../requirements/package-list.ts';
import { upwards } from '../upwards.ts';
import { pinnedPython } from './pinned-python.ts';
import { findVenv, pythonOf, type Venv } from './venv.ts';

const MEND_VENV = assetPath('mend-venv.mjs');

/** The options that the user gives to uv. Every remedy repeats them: a sync without them would build a different environment. */
export const uvOptions = {
  python: z.optional(z.string().check(z.minLength(1))),
  extras: z.optional(z.array(z.string().check(z.minLength(1)))),
};

export interface UvOptions {
  readonly python?: string | undefined;
  readonly extras?: readonly string[] | undefined;
}

/**
 * Repairs a virtual environment whose files point to another place. If its interpreter is missing, it has to be created again.
 */
export function venvRemedies(venv: Venv, context: CheckContext, options: UvOptions): Remedy[] {
  return existsSync(pythonOf(venv))
    ? [mendVenv(venv), ...uvSync(context, options, { isAgain: true })]
    : recreate(venv, context, options);
}

/**
 * Rewrites the files that point to the old place: offline, repeatable, each file at once.
 * @param renamed the old and the new folder of each project that is installed in place and was renamed by itself
 */
export function mendVenv({ folder }: Venv, renamed: readonly string[] = []): Remedy {
  return { argv: [process.execPath, MEND_VENV, folder, ...new Set(renamed)], safety: 'safe' };
}

/**
 * Installs what uv.lock says and removes nothing: `--frozen` keeps the lockfile, `--inexact` keeps other packages. Without a lockfile
 * there is no remedy, because a person should see what would be installed.
 */
export function uvSync(
  context: CheckContext,
  options: UvOptions,
  { isAgain = false, isNew = false, flags = [] }: SyncOptions = {},
): Remedy[] {
  const cwd = uvProjectOf(context);
  if (cwd === undefined) return [];
  const how = [...(isNew ? [] : ['--inexact']), ...(isAgain ? ['--reinstall'] : [])];
  return [
    {
      argv: ['uv', 'sync', '--frozen', ...how, ...uvFlags(options), ...flags],
      safety: keepsPython(context, options) ? 'safe' : 'needs-approval',
      cwd,
    },
  ];
}

interface SyncOptions {
  /** Installs everything again, console scripts too, which a plain `uv sync` leaves stale. */
  readonly isAgain?: boolean;
  /** There is nothing in the environment that could be removed. */
  readonly isNew?: boolean;
  /** More arguments: `--no-dev`. */
  readonly flags?: readonly string[];
}

/**
 * Deletes the environment, creates it with another interpreter, and installs the packages again.
 * @param isChanged its interpreter runs, but is another one than it was created with. uv before 0.7 takes that for a valid environment.
 */
export function recreate(venv: Venv, context: CheckContext, options: UvOptions, isChanged = false): Remedy[] {
  const cwd = uvProjectOf(context);
  const flags = uvFlags(options);
  if (cwd !== undefined && !isChanged)
    return [{ argv: ['uv', 'sync', '--frozen', ...flags], safety: 'needs-approval', cwd }];
  if (cwd !== undefined) {
    // `uv venv --clear` does not exist before 0.8, where `uv venv` always replaces the environment.
    const made = shellText(['uv', 'venv', ...(options.python === undefined ? [] : ['--python', options.python])]);
    const synced = shellText(['uv', 'sync', '--frozen', ...flags]);
    return [{ argv: ['sh', '-c', `UV_VENV_CLEAR=1 ${made} && ${synced}`], safety: 'needs-approval', cwd }];
  }
  const python = isVersion(options.python) ? `python${options.python}` : (options.python ?? 'python3');
  const make = [python, '-m', 'venv', '--clear', venv.folder];
  const list = findPackageList(context.cwd, venv.folder);
  const install =
    list === undefined ? undefined : installCommand(list, { python: join(venv.folder, 'bin/python'), pip: 'pip' });
  if (list === undefined || install === undefined) return [{ argv: make, safety: 'needs-approval' }];
  const both = `${shellText(make)} && ${shellText(install)}`;
  return [{ argv: ['sh', '-c', both], safety: 'needs-approval', cwd: list.folder }];
}

/** Words as a shell reads them. */
function shellText(words: readonly string[]): string {
  return words.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quotedFor('sh', word))).join(' ');
}

/** `--python 3.13 --extra dev`. */
export function uvFlags({ python, extras = [] }: UvOptions): string[] {
  return [...(python === undefined ? [] : ['--python', python]), ...extras.flatMap((extra) => ['--extra', extra])];
}

/** Whether this is a version such as `3.13`, not a path or a name. */
export function isVersion(python: string | undefined): boolean {
  return /^\d+(?:\.\d+){0,2}$/.test(python ?? '');
}

/** If the environment has a different Python than is asked for, uv creates it again, and other packages are lost. */
function keepsPython(context: CheckContext, { python }: UvOptions): boolean {
  const { version_info: uvs, version = uvs } = findVenv(context)?.config ?? {};
  const wanted = python === undefined ? pinnedPython(context)?.wanted : [python];
  return version === undefined || wanted === undefined || wanted.some((one) => `${version}.`.startsWith(`${one}.`));
}

/** The folder of the uv project that contains `cwd`. */
export function uvProjectOf({ cwd }: CheckContext): string | undefined {
  return upwards(cwd).find((folder) => existsSync(join(folder, 'uv.lock')));
}
