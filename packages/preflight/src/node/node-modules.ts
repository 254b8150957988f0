import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Check, CheckContext, Remedy } from '../check.ts';
import { upwards } from '../python/venv.ts';
import { bunDrift } from './bun.ts';
import { npmDrift } from './npm.ts';
import { pnpmDrift } from './pnpm.ts';
import { isModernYarn, modernYarnDrift, yarnDrift } from './yarn.ts';

const Options = z.strictObject({ manager: z.optional(z.enum(['npm', 'pnpm', 'yarn', 'bun'])) });
type Options = z.infer<typeof Options>;
type Manager = NonNullable<Options['manager']>;

const LOCKS: readonly (readonly [file: string, manager: Manager])[] = [
  ['pnpm-lock.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
  ['bun.lock', 'bun'],
  ['bun.lockb', 'bun'],
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
];

const NAMES = 4;

/**
 * The installed packages match the lockfile, by their manifests or by the package manager's own record of what it installed. The
 * modification time is not used, because every `git checkout` changes it.
 */
export const nodeModules: Check<Options> = {
  id: 'node-modules',
  ecosystem: 'node',
  title: 'node_modules matches the lockfile',
  options: Options,
  fromText: (text) => (text === '' ? {} : { manager: text }),
  detect: (context) => (lockOf({}, context) === undefined && nothingInstalled(context) === undefined ? undefined : {}),

  inspect(options, context) {
    const lock = lockOf(options, context);
    if (lock === undefined) {
      const folder = nothingInstalled(context);
      if (folder === undefined) return { state: 'skip', evidence: 'there is no lockfile' };
      return {
        state: 'warn',
        evidence: `${folder} has dependencies in package.json, but no lockfile and no node_modules`,
      };
    }
    const { folder, file } = lock;
    if (lock.manager === 'yarn' && existsSync(join(folder, '.pnp.cjs')))
      return { state: 'skip', evidence: `${folder} uses Plug'n'Play instead of node_modules` };
    const drift = driftOf(lock);
    const isThere = existsSync(join(folder, 'node_modules'));
    if (drift === undefined && isThere)
      return { state: 'inconclusive', evidence: `${join(folder, file)} cannot be compared with what is installed` };
    if (drift?.length === 0) return { state: 'pass', evidence: `node_modules matches ${join(folder, file)}` };
    const what = isThere ? `node_modules does not match ${join(folder, file)}` : `${folder} has no node_modules`;
    return { state: 'fail', evidence: `${what}${drift === undefined ? '' : `; missing: ${named(drift)}`}` };
  },

  remedies(options, context) {
    const lock = lockOf(options, context);
    return lock === undefined ? [] : [installOf(lock)];
  },
};

interface Lock {
  readonly folder: string;
  readonly file: string;
  readonly manager: Manager;
}

/** The nearest lockfile here or above, because that of a workspace is at its root. */
function lockOf({ manager }: Options, { cwd }: CheckContext): Lock | undefined {
  const ours = LOCKS.filter(([, one]) => manager === undefined || manager === one);
  for (const folder of upwards(cwd)) {
    const found = ours.find(([file]) => existsSync(join(folder, file)));
    if (found !== undefined) return { folder, file: found[0], manager: found[1] };
  }
  return undefined;
}

/** The folder, if its package.json has dependencies and there is no node_modules here or above. */
function nothingInstalled({ cwd }: CheckContext): string | undefined {
  if (upwards(cwd).some((folder) => existsSync(join(folder, 'node_modules')))) return undefined;
  try {
    const { dependencies, devDependencies } = JSON.parse(textOf(join(cwd, 'package.json')) ?? '') as Record<
      string,
      unknown
    >;
    return Object.keys({ ...Object(dependencies), ...Object(devDependencies) }).length > 0 ? cwd : undefined;
  } catch {
    return undefined;
  }
}

/** The packages that are locked and not installed; undefined if they cannot be compared. */
function driftOf({ folder, file, manager }: Lock): string[] | undefined {
  if (file === 'bun.lockb') return undefined; // binary
  const lock = readFileSync(join(folder, file), 'utf8');
  const note = (name: string): string | undefined => textOf(join(folder, 'node_modules', name));
  switch (manager) {
    case 'npm':
      return npmDrift(lock, (path) => versionIn(textOf(join(folder, path, 'package.json'))));
    case 'pnpm':
      return pnpmDrift(lock, note('.pnpm/lock.yaml'), note('.modules.yaml') ?? '');
    case 'yarn':
      return isModernYarn(lock)
        ? modernYarnDrift(lock, note('.yarn-state.yml'))
        : yarnDrift(lock, note('.yarn-integrity'));
    case 'bun':
      return bunDrift(lock, (name) => versionIn(note(`${name}/package.json`)));
  }
}

/** The command that installs what is locked and nothing else. `npm ci` deletes node_modules first, so it needs approval if there is one. */
function installOf({ folder, file, manager }: Lock): Remedy {
  const isThere = existsSync(join(folder, 'node_modules'));
  if (manager === 'npm') return { argv: ['npm', 'ci'], safety: isThere ? 'needs-approval' : 'safe', cwd: folder };
  const isModern = manager === 'yarn' && isModernYarn(readFileSync(join(folder, file), 'utf8'));
  return { argv: [manager, 'install', isModern ? '--immutable' : '--frozen-lockfile'], safety: 'safe', cwd: folder };
}

function named(drift: readonly string[]): string {
  const more = drift.length > NAMES ? ` and ${drift.length - NAMES} more` : '';
  return `${drift.slice(0, NAMES).join(', ')}${more}`;
}

function versionIn(manifest: string | undefined): string | undefined {
  try {
    return String((JSON.parse(manifest ?? '') as { version?: unknown }).version ?? '');
  } catch {
    return undefined;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
