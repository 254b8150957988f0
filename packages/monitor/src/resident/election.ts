import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { type Identity, identify, lifeOf, type PidScope, thisPidScope } from '@pm/process';
import { decodeJson, directoryPaths, encodeJson, ResidentRecord } from '@pm/protocol';
import { createRecord, presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import { ignoreTransient } from '../look/transient-errors.ts';
import { isNewerProgram } from './compare-versions.ts';

/**
 * The office of resident monitor of a directory. It is won by creating the file with the next number, as the newest run
 * of a step is claimed. Nothing has to be unlocked after a holder that died, and two at once do no harm. Each boot and
 * pid namespace has its own resident, because only there its pid can be seen.
 */
export interface Residency {
  /** True as long as no newer holder was elected. */
  readonly holds: () => boolean;
  /** Gives up the office, so that the next one need not wait until this process is gone. */
  readonly release: () => void;
}

/** The resident that is alive now; undefined if there is none. */
export function findResident(dir: string): ResidentRecord | undefined {
  const folder = folderOf(dir, thisPidScope());
  const newest = numbersIn(folder)[0];
  return newest === undefined ? undefined : livingHolder(`${folder}/${newest}`);
}

/**
 * Makes this process the resident of the directory, unless there is one.
 * @param program name and version of the program that asks. A holder of an older version is replaced, and leaves once
 *   it sees that.
 * @returns undefined if another process is the resident, or the directory is gone
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
        // A full disk. The next one sees a moment later that this process is gone.
      }
    },
  };
}

/**
 * Makes only the last two folders. A directory that was deleted a moment ago (`git clean -fdx`) must not come back, as
 * it would be without its `.gitignore`.
 */
function makeLastFolders(dir: string, folder: string): boolean {
  const { runs, residents } = directoryPaths(dir);
  if (!existsSync(runs)) return false;
  const made = [residents, folder].filter(makeOne);
  if (existsSync(folder) && existsSync(runs)) return true;
  // It was deleted meanwhile, and the folders made here kept it from going altogether.
  for (const path of [...made.reverse(), dir]) removeEmpty(path);
  return false;
}

function makeOne(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch {
    return false; // it exists, or cannot be made: the caller checks that next
  }
}

function recordOf(identity: Identity, program: string, left = false): string {
  return encodeJson({ v: 1, identity, program, at: Date.now(), ...(left && { left }) });
}

/** A stopped holder judges nothing: it is replaced, and leaves when it is continued. */
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
    // Somebody uses it, or it is gone.
  }
}
