import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Check, CheckContext, Ecosystem, PreparedCheck } from '../check.ts';
import { BUILT_IN } from './built-in.ts';
import { projectFolders } from './project-folders.ts';

/** A folder with one of these files has dependencies of its own. */
const SHOWS: Readonly<Record<Ecosystem, readonly string[]>> = {
  node: ['package-lock.json', 'npm-shrinkwrap.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'bun.lockb'],
  python: ['uv.lock', 'poetry.lock', '.venv/pyvenv.cfg', 'venv/pyvenv.cfg'],
};
const INSTALLED = ['node_modules', '.pnp.cjs', '.venv', 'venv'];
const MOST_PROJECTS = 20;

/**
 * Adds the checks that apply to this folder and to the projects inside of it (`frontend/`, `backend/`, `apps/web/`). A check that is among
 * the prepared ones is not added for this folder: it has the options that somebody gave it.
 */
export function withDetected(prepared: readonly PreparedCheck[], context: CheckContext): PreparedCheck[] {
  const named = new Set(prepared.map(({ check }) => check.id));
  const here = detectHere(context).filter(({ check }) => !named.has(check.id));
  return [...prepared, ...here, ...projectsIn(context.cwd).flatMap((folder) => detectInside(folder, context))];
}

/** A check whose `detect` throws is left out, because nobody asked for it. */
function detectHere(context: CheckContext): PreparedCheck[] {
  return BUILT_IN.flatMap((check) => {
    try {
      const options = check.detect?.(context);
      return options === undefined ? [] : [{ check, options }];
    } catch {
      return [];
    }
  });
}

/** The checks of a project inside: only those that look at what is installed in it. Its own folder is where they look. */
function detectInside(cwd: string, context: CheckContext): PreparedCheck[] {
  const inside = { ...context, cwd, env: { ...context.env, VIRTUAL_ENV: undefined } };
  return detectHere(inside)
    .filter(({ check }) => check.ecosystem !== undefined && hasDependencies(cwd, check.ecosystem))
    .map(({ check, options }) => ({ check: movedInto(check, inside, relative(context.cwd, cwd)), options }));
}

/** Nobody may need a project inside of which nothing was installed: that is a warning. */
function movedInto(check: Check<unknown>, inside: CheckContext, name: string): Check<unknown> {
  return {
    ...check,
    title: `${name}: ${check.title}`,
    async inspect(options, _, signal) {
      const result = await check.inspect(options, inside, signal);
      const isUnused = !INSTALLED.some((folder) => existsSync(join(inside.cwd, folder)));
      return result.state === 'fail' && isUnused ? { ...result, state: 'warn' } : result;
    },
    async remedies(options, _, signal) {
      const known = (await check.remedies?.(options, inside, signal)) ?? [];
      return known.map((remedy) => ({ cwd: inside.cwd, ...remedy }));
    },
  };
}

function projectsIn(folder: string): string[] {
  return projectFolders(folder)
    .map((name) => join(folder, name))
    .filter((project) => hasDependencies(project, 'node') || hasDependencies(project, 'python'))
    .slice(0, MOST_PROJECTS);
}

function hasDependencies(folder: string, ecosystem: Ecosystem): boolean {
  return SHOWS[ecosystem].some((file) => existsSync(join(folder, file)));
}
