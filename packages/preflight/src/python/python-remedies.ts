import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { assetPath } from '../assets.ts';
import type { CheckContext, Remedy } from '../check.ts';
import { findVenv, pythonOf, upwards, type Venv } from './venv.ts';

const MEND_VENV = assetPath('mend-venv.mjs');

/** What the user's own calls of uv have, kept in every remedy: a sync without them would build another environment. */
export const uvOptions = {
  python: z.optional(z.string().check(z.minLength(1))),
  extras: z.optional(z.array(z.string().check(z.minLength(1)))),
};

export interface UvOptions {
  readonly python?: string | undefined;
  readonly extras?: readonly string[] | undefined;
}

/**
 * What mends a virtual environment whose files point elsewhere. Without an interpreter of its own nothing in it can be saved: it is made anew.
 */
export function venvRemedies(venv: Venv, context: CheckContext, options: UvOptions): Remedy[] {
  return existsSync(pythonOf(venv))
    ? [mendVenv(venv), ...uvSync(context, options, true)]
    : recreate(venv, context, options);
}

/** Rewrites what points to the old place: offline, idempotent, each file whole. */
export function mendVenv({ folder }: Venv): Remedy {
  return { argv: [process.execPath, MEND_VENV, folder], safety: 'safe' };
}

/**
 * Installs what uv.lock says and takes nothing away: `--frozen` leaves the lock as it is, `--inexact` what was installed besides.
 * None without a lock: what would be installed then is for a person to see.
 * @param reinstall writes what is installed anew: console scripts too, which a plain `uv sync` leaves as stale as they are
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

/** Deletes the environment and makes it with another interpreter; what was installed has to be installed again. */
export function recreate(venv: Venv, context: CheckContext, options: UvOptions): Remedy[] {
  const cwd = uvProjectOf(context);
  if (cwd !== undefined)
    return [{ argv: ['uv', 'sync', '--frozen', ...uvFlags(options)], safety: 'needs-approval', cwd }];
  const python = isVersion(options.python) ? `python${options.python}` : (options.python ?? 'python3');
  return [{ argv: [python, '-m', 'venv', '--clear', venv.folder], safety: 'needs-approval' }];
}

/** `--python 3.13 --extra dev`, as the user says it. */
export function uvFlags({ python, extras = [] }: UvOptions): string[] {
  return [...(python === undefined ? [] : ['--python', python]), ...extras.flatMap((extra) => ['--extra', extra])];
}

/** `3.13`, as opposed to a path or a name. */
export function isVersion(python: string | undefined): boolean {
  return /^\d+(?:\.\d+){0,2}$/.test(python ?? '');
}

/** Where the environment has another Python than is asked for, uv makes it anew, and what was installed besides is gone. */
function keepsPython(context: CheckContext, { python }: UvOptions): boolean {
  const { version_info: uvs, version = uvs ?? '' } = findVenv(context)?.config ?? {};
  return python === undefined || `${version}.`.startsWith(`${python}.`);
}

/** The folder of the uv project that a place is in. */
function uvProjectOf({ cwd }: CheckContext): string | undefined {
  return upwards(cwd).find((folder) => existsSync(join(folder, 'uv.lock')));
}
