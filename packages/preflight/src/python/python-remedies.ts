import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { assetPath } from '../assets.ts';
import type { CheckContext, Remedy } from '../check.ts';
import { findVenv, pythonOf, upwards, type Venv } from './venv.ts';

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
    ? [mendVenv(venv), ...uvSync(context, options, true)]
    : recreate(venv, context, options);
}

/** Rewrites the files that point to the old place: offline, repeatable, each file at once. */
function mendVenv({ folder }: Venv): Remedy {
  return { argv: [process.execPath, MEND_VENV, folder], safety: 'safe' };
}

/**
 * Installs what uv.lock says and removes nothing: `--frozen` keeps the lockfile, `--inexact` keeps other packages. Without a lockfile
 * there is no remedy, because a person should see what would be installed.
 * @param reinstall installs everything again, console scripts too, which a plain `uv sync` leaves stale
 */
export function uvSync(context: CheckContext, options: UvOptions, reinstall = false): Remedy[] {
  const cwd = uvProjectOf(context);
  if (cwd === undefined) return [];
  const again = reinstall ? ['--reinstall'] : [];
  return [
    {
      argv: ['uv', 'sync', '--frozen', '--inexact', ...again, ...uvFlags(options)],
      safety: keepsPython(context, options) ? 'safe' : 'needs-approval',
      cwd,
    },
  ];
}

/** Deletes the environment and creates it with another interpreter. Packages have to be installed again. */
export function recreate(venv: Venv, context: CheckContext, options: UvOptions): Remedy[] {
  const cwd = uvProjectOf(context);
  if (cwd !== undefined)
    return [{ argv: ['uv', 'sync', '--frozen', ...uvFlags(options)], safety: 'needs-approval', cwd }];
  const python = isVersion(options.python) ? `python${options.python}` : (options.python ?? 'python3');
  return [{ argv: [python, '-m', 'venv', '--clear', venv.folder], safety: 'needs-approval' }];
}

/** `--python 3.13 --extra dev`. */
export function uvFlags({ python, extras = [] }: UvOptions): string[] {
  return [...(python === undefined ? [] : ['--python', python]), ...extras.flatMap((extra) => ['--extra', extra])];
}

/** Whether this is a version such as `3.13`, not a path or a name. */
export function isVersion(python: string | undefined): boolean {
  return /^\d+(?:\.\d+){0,2}$/.test(python ?? '');
}

/** If the environment has a different Python, uv creates it again, and other packages are lost. */
function keepsPython(context: CheckContext, { python }: UvOptions): boolean {
  const { version_info: uvs, version = uvs ?? '' } = findVenv(context)?.config ?? {};
  return python === undefined || `${version}.`.startsWith(`${python}.`);
}

/** The folder of the uv project that contains `cwd`. */
function uvProjectOf({ cwd }: CheckContext): string | undefined {
  return upwards(cwd).find((folder) => existsSync(join(folder, 'uv.lock')));
}
