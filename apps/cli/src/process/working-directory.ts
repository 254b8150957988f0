import { readlinkSync } from 'node:fs';
import type { CliProcess } from './cli-process.ts';

/** Where the caller is, or was: the directory may have been removed meanwhile, as the worktree of a merged branch. */
export function workingDirectory({ cwd, env }: Pick<CliProcess, 'cwd' | 'env'>): { cwd: string; isCwdGone?: boolean } {
  try {
    return { cwd: cwd() };
  } catch {
    return { cwd: formerDirectory() ?? env['PWD'] ?? '/', isCwdGone: true };
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
