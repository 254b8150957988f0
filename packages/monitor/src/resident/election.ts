import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { type Identity, identify, lifeOf, type PidScope, thisPidScope } from '@pm/process';
import { decodeJson, directoryPaths, encodeJson, ResidentRecord } from '@pm/protocol';
import { createRecord, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import { ignoreTransient } from '../look/transient-errors.ts';
import { isNewerProgram } from './compare-versions.ts';

/**
 * Who is the resident monitor of a directory, elected like the newest run of a step: by creating the next number. A holder that
 * died needs no unlocking, and two at once do no harm. Each boot and pid namespace has its own, because only there its pid can be seen.
 */
export interface Residency {
  /** It was not taken over: no newer holder has been elected. */
  readonly holds: () => boolean;
  /** Leaves it to whoever comes next. */
  readonly release: () => void;
}

/** The resident that lives now, if there is one. */
export function residentOf(dir: string): ResidentRecord | undefined {
  const folder = folderOf(dir, thisPidScope());
  const newest = numbersIn(folder)[0];
  return newest === undefined ? undefined : livingHolder(`${folder}/${newest}`);
}

/**
 * Becomes the resident of the directory, unless there is one.
 * @param program name and version of the program that asks; a holder of an older version is succeeded, so that it steps aside
 * @returns undefined if another one is, or the directory is gone: nothing brings that back
 */
export function elect(dir: string, program: string): Residency | undefined {
  const folder = folderOf(dir, thisPidScope());
  if (!makeLastFolders(dir, folder)) return undefined;
  const [newest = 0, ...older] = numbersIn(folder);
  const holder = newest > 0 ? livingHolder(`${folder}/${newest}`) : undefined;
  if (holder !== undefined && !isNewerProgram(program, holder.program)) return undefined;
  const identity = identify(process.pid);
  if (identity === undefined) return undefined;
  const mine = newest + 1;
  if (ignoreTransient(() => createRecord(`${folder}/${mine}`, recordOf(identity, program))) !== true) return undefined;
  for (const n of older) rmSync(`${folder}/${n}`, { force: true });
  return {
    holds: () => numbersIn(folder)[0] === mine,
    release: () => {
      try {
        replaceRecord(`${folder}/${mine}`, recordOf(identity, program, true));
      } catch {
        // A full disk: that we are dead says the same, a moment later.
      }
    },
  };
}

/** Not those above: a directory that was deleted a moment ago (`git clean -fdx`) would come back, without its `.gitignore`. */
function makeLastFolders(dir: string, folder: string): boolean {
  const { runs, residents } = directoryPaths(dir);
  if (!existsSync(runs)) return false;
  const made = [residents, folder].filter(makeOne);
  if (existsSync(folder) && existsSync(runs)) return true;
  // It went away meanwhile, and what was made since kept it from going altogether.
  for (const path of [...made.reverse(), dir]) removeEmpty(path);
  return false;
}

function makeOne(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch {
    return false; // it is there, or cannot be made: asked next
  }
}

function recordOf(identity: Identity, program: string, left = false): string {
  return encodeJson({ v: 1, identity, program, at: Date.now(), ...(left && { left }) });
}

/** One that is stopped judges nothing: it is succeeded, and steps aside when it is continued. */
function livingHolder(file: string): ResidentRecord | undefined {
  const record = presentIn(readRecord(file, (text) => decodeJson(ResidentRecord, text)));
  return record !== undefined && record.left !== true && lifeOf(record.identity) === 'running' ? record : undefined;
}

function folderOf(dir: string, { bootId, pidNamespace }: PidScope): string {
  const scope = `${bootId.slice(0, 8)}-${pidNamespace}`.replaceAll(/[^A-Za-z0-9-]/g, '');
  return `${directoryPaths(dir).residents}/${scope}`;
}

/** Newest first. */
function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[1-9]\d{0,11}$/.test(name))
      .map(Number)
      .sort((a, b) => b - a);
  } catch {
    return [];
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody uses it, or it has gone.
  }
}
