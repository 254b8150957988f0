import { realpathSync, statSync } from 'node:fs';
import { stateFolder } from '@pm/protocol';
import { forgetDirectory, registerDirectory, registeredDirectories } from '@pm/protocol/fs';
import type { Context } from './context.ts';

/** Where the directories of this user are registered; undefined if the user has no state folder. */
export function registryOf(env: Context['env']): string | undefined {
  const state = stateFolder(env);
  return state === undefined ? undefined : `${state}/directories`;
}

/** Records that this user has runs in a directory, so that it is listed with all others. */
export function rememberDirectory(dir: string, env: Context['env']): void {
  const registry = registryOf(env);
  if (registry !== undefined) registerDirectory(registry, dir);
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

function isGone(dir: string): boolean {
  try {
    return statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true;
  } catch {
    return false; // it cannot be read now, but it is not gone
  }
}
