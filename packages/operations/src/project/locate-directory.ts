import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { PmError } from '@pm/protocol';
import { isDirectory, refuseFile } from '@pm/protocol/fs';
import type { Context } from './context.ts';
import { withinRoots } from './within-roots.ts';

/**
 * The directory of runs: `--dir`, else `PM_DIR`, else the nearest `.pm` or `pm.config.json` inside the repository, else `.pm` at
 * its root (a worktree is its own), else at the nearest package.json or pyproject.toml, else in the working directory.
 * Never in /tmp: sandboxes of agents can write only to the project, and /tmp is shared with other users. It need not exist yet.
 * @throws PmError `directory-unusable` for a file; `out-of-bounds` for a named directory outside of the caller's bounds
 */
export function locateDirectory(
  named: string | undefined,
  context: Pick<Context, 'cwd' | 'env' | 'bounds' | 'isCwdGone'>,
): string {
  const asked = named ?? context.env['PM_DIR'] ?? '';
  if (context.isCwdGone === true && !isAbsolute(asked)) throw cwdGone(context.cwd, '--dir or PM_DIR');
  const dir = namedOrNearest(named, context);
  if (named !== undefined) withinRoots(dir, context.bounds);
  refuseFile(dir);
  return dir;
}

function namedOrNearest(named: string | undefined, { cwd, env }: Pick<Context, 'cwd' | 'env'>): string {
  const asked = named ?? env['PM_DIR'];
  if (asked !== undefined && asked !== '') return resolve(cwd, asked);
  const ancestors = ancestorsOf(resolve(cwd));
  const root = ancestors.find((folder) => existsSync(join(folder, '.git')));
  const inside = root === undefined ? ancestors : ancestors.slice(0, ancestors.indexOf(root) + 1);
  const used = inside.find((folder) => isDirectory(join(folder, '.pm')) || existsSync(join(folder, 'pm.config.json')));
  const project = ancestors.find(
    (folder) => existsSync(join(folder, 'package.json')) || existsSync(join(folder, 'pyproject.toml')),
  );
  return join(used ?? root ?? project ?? resolve(cwd), '.pm');
}

function ancestorsOf(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestorsOf(parent)];
}

/** The error for a call that needs the working directory of the caller, which was removed, or whose path is not UTF-8. */
export function cwdGone(cwd: string, option: string): PmError {
  return new PmError(
    'directory-unusable',
    cwd.includes('\uFFFD')
      ? `The path of the working directory is not UTF-8. It is shown here as ${cwd}.`
      : `The working directory ${cwd} was removed, or cannot be found any more.`,
    `Go to another one (cd), or name one by an absolute path with ${option}.`,
  );
}
