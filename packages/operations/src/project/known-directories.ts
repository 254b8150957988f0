import { realpathSync, statSync } from 'node:fs';
import { thisPidScope } from '@pm/process';
import { directoryPaths, stateFolder } from '@pm/protocol';
import {
  forgetDirectory,
  isRegistered,
  readRecord,
  registerDirectory,
  registeredDirectories,
  replaceRecord,
} from '@pm/protocol/fs';
import type { Context } from './context.ts';

/** Where the directories of this user are registered; undefined if the user has no state folder. */
export function registryOf(env: Context['env']): string | undefined {
  const state = stateFolder(env);
  return state === undefined ? undefined : `${state}/directories`;
}

/** Records that this user starts something in a directory: it is listed with all others, and its unfinished work is gone on with. */
export function rememberDirectory(dir: string, env: Context['env']): void {
  const registry = registryOf(env);
  if (registry !== undefined) registerDirectory(registry, dir);
  noteStart(dir);
}

/** Records in the directory itself that something is started there in this boot: the registry may not be writable, as in a sandbox. */
export function noteStart(dir: string): void {
  const { bootId } = thisPidScope();
  if (bootId === '' || wasStartedIn(dir, bootId)) return;
  try {
    replaceRecord(directoryPaths(dir).started, startedIn(bootId));
  } catch {
    // The disk is full. The registry may know the directory.
  }
}

// Why: contributing/decisions/2026-11-30-work-that-came-with-a-folder.md
/**
 * Whether this user has started something in a directory, on this machine. The files of a project may bring a whole directory of records
 * with them, and whoever made those knows neither the registry nor the id of this boot.
 */
export function isOwnDirectory(dir: string, env: Context['env']): boolean {
  const registry = registryOf(env);
  if (registry !== undefined && isRegistered(registry, dir)) return true;
  const { bootId } = thisPidScope();
  return bootId !== '' && wasStartedIn(dir, bootId);
}

function wasStartedIn(dir: string, bootId: string): boolean {
  const expected = startedIn(bootId);
  const { started } = directoryPaths(dir);
  const { kind } = readRecord(started, (text) =>
    text === expected ? { kind: 'present', value: text } : { kind: 'malformed', why: 'of another boot' },
  );
  return kind === 'present';
}

function startedIn(bootId: string): string {
  return `v1 ${bootId}\n`;
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
