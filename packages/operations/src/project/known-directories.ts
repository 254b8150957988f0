import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { forgetDirectory, registeredDirectories } from '@pm/protocol/fs';
import type { Context } from './context.ts';

/** Where this user's directories are on record: below `$XDG_STATE_HOME`, else `~/.local/state`; nowhere without a home. */
export function registryOf({ XDG_STATE_HOME: state, HOME: home }: Context['env']): string | undefined {
  const root = isPath(state) ? state : isPath(home) ? join(home, '.local/state') : undefined;
  return root === undefined ? undefined : join(root, 'process-monitor/directories');
}

/** Every directory this user has started runs in and which is still there, `here` first. What has vanished is forgotten. */
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

/** The specification of XDG: a path that is not absolute counts for nothing. */
function isPath(path: string | undefined): path is string {
  return path !== undefined && isAbsolute(path);
}

function isGone(dir: string): boolean {
  try {
    return statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true;
  } catch {
    return false; // not for us to look at now, which is not gone
  }
}
