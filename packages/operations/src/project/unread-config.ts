import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { configFileOf } from '../config/read-config.ts';
import type { Context } from './context.ts';
import { locateDirectory } from './locate-directory.ts';

/**
 * Says that the configuration of the project is not read, because `--dir` or `PM_DIR` names a directory elsewhere, and a configuration is
 * looked for beside the directory. Limits and checks that are silently ignored would be worse than none.
 * @param dir the directory of runs of this call
 * @returns one line; undefined if there is nothing to say
 */
export function unreadConfig(dir: string, context: Pick<Context, 'cwd' | 'env'>): string | undefined {
  const used = configFileOf(dir);
  const nearest = configFileOf(nearestDirectory(context));
  if (nearest === used || existsSync(used) || !existsSync(nearest)) return undefined;
  return `${nearest} is not read: the directory of this call is ${dir}, and there is no pm.config.json in ${dirname(used)}`;
}

function nearestDirectory({ cwd, env }: Pick<Context, 'cwd' | 'env'>): string {
  try {
    return locateDirectory(undefined, { cwd, env: { ...env, PM_DIR: undefined } });
  } catch {
    return cwd; // a file called .pm: the call itself is refused for that, if it uses it
  }
}
