import { readlinkSync, statSync } from 'node:fs';
import type { CliProcess } from './cli-process.ts';

/**
 * Where the caller is, or was: the directory may have been removed meanwhile, as the worktree of a merged branch. One whose path is not
 * UTF-8 counts as gone, because no path that Node.js can write leads to it.
 */
export function workingDirectory({ cwd, env }: Pick<CliProcess, 'cwd' | 'env'>): { cwd: string; isCwdGone?: boolean } {
  try {
    const path = cwd();
    return { cwd: path, ...(path.includes('\uFFFD') && !isHere(path) && { isCwdGone: true }) };
  } catch {
    return { cwd: formerDirectory() ?? env['PWD'] ?? '/', isCwdGone: true };
  }
}

function isHere(path: string): boolean {
  try {
    const [there, here] = [statSync(path), statSync('.')];
    return there.dev === here.dev && there.ino === here.ino;
  } catch {
    return false;
  }
}

/** Linux remembers the path and adds `(deleted)`. */
function formerDirectory(): string | undefined {
  try {
    return readlinkSync('/proc/self/cwd').replace(/ \(deleted\)$/, '');
  } catch {
    return undefined;
  }
}
