import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { forgetDirectory, registeredDirectories } from '@pm/protocol/fs';
import type { Context } from './context.ts';

/** Where the directories of this user are registered: below `$XDG_STATE_HOME`, else `~/.local/state`. Undefined without a home. */
export function registryOf({ XDG_STATE_HOME: state, HOME: home }: Context['env']): string | undefined {
  const root = isPath(state) ? state : isPath(home) ? join(home, '.local/state') : undefined;
  return root === undefined ? undefined : join(root, 'process-monitor/directories');
}

/** Every existing directory in which this user has started runs, `here` first. Directories that are gone are removed from the registry. */
export function everyDirectory(here: string, env: Context['env']): { dirs: string[]; malformed: string[] } {
  const registry = registryOf(env);
  const malformed: string[] = [];
  const dirs = new Set(isGone(here) ? [] : [realpathSync(here)]);
  for (const registered of registry === undefined ? [] : registeredDirectories(registry)) {
    const { file, record } = registered;
    if (record.kind === 'malformed') malformed.push(`${file}: ${record.why}`);
    if (record.kind !== 'present') continue;
    if (isGone(record.value.dir)) forgetDirectory(registered);
    else dirs.add(record.value.dir);
  }
  return { dirs: [...dirs], malformed };
}

/** The XDG specification: a path that is not absolute is ignored. */
function isPath(path: string | undefined): path is string {
  return path !== undefined && isAbsolute(path);
}

function isGone(dir: string): boolean {
  try {
    return statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true;
  } catch {
    return false; // it cannot be read now, but it is not gone
  }
}
