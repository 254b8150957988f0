import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFile,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { placeOfCgroup } from './platform/parse-mountinfo.ts';

/**
 * `pm-<run id>`: the cgroup of a run. A run that is started from within it gets one beside it, not below it.
 * `pm-web.service` is not one.
 */
const OF_A_RUN = /\/pm-\d{8}T\d{9}Z-[^/]*(?=\/|$)/;

// Why: contributing/decisions/2026-11-23-a-command-begins-in-its-cgroup.md
/**
 * Makes a cgroup v2 of this name and returns its folder. A process that enters it, and all its descendants, stay
 * members however they detach, and `cgroup.kill` (Linux 5.14) kills them all at once. So only the command belongs in
 * it: `cgroup.kill` spares nobody. It is made below our own cgroup, or below the nearest one that is not a run's,
 * because `cgroup.kill` of an outer run kills all below it.
 *
 * Never throws. Returns `undefined` where it is not possible: another platform, no cgroup2 mount, not permitted, an
 * older kernel, a threaded parent, a name that exists or is not a plain file name.
 */
export function createCgroup(name: string): string | undefined {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return undefined;
  try {
    const own = ownCgroup();
    if (own === undefined) return undefined;
    const parent = outsideRuns(own);
    accessSync(join(parent, 'cgroup.procs'), constants.W_OK); // moving a process asks for write access at the common ancestor
    const folder = join(parent, name);
    mkdirSync(folder);
    if (isUsable(folder)) return folder;
    removeCgroup(folder);
  } catch {
    // Every refusal means the same: not possible on this machine.
  }
  return undefined;
}

/**
 * Moves this process out of the cgroup of the run that it is part of, so that what it starts now is not killed with
 * that run. Does nothing outside of such a cgroup, and where it is not permitted.
 * @returns a function that moves it back, because the process itself does belong to the run
 */
export function leaveCgroup(): () => void {
  try {
    const own = ownCgroup();
    const outside = own === undefined ? undefined : outsideRuns(own);
    if (own === undefined || outside === undefined || outside === own) return () => {};
    enter(outside);
    return () => enter(own);
  } catch {
    return () => {};
  }
}

/**
 * Makes the next move of a process into a cgroup cheap: 2 ms instead of 10 to 25. The first move after a pause waits for
 * an RCU grace period of the kernel, and those that follow within about as much time do not. So this moves our own
 * process to where it is, in a thread, while the caller does other work. Does nothing where that is not permitted.
 */
export function hastenCgroupMoves(): void {
  try {
    const own = ownCgroup();
    if (own !== undefined) writeFile(join(own, 'cgroup.procs'), String(process.pid), { flag: 'r+' }, () => {});
  } catch {
    // No cgroup v2 here.
  }
}

/** The pids in the cgroup and in those below it; empty when it is gone. The kernel lists no zombies here. */
export function cgroupMembers(folder: string): number[] {
  try {
    const own = readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').map(Number);
    const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const nested = below.flatMap((entry) => cgroupMembers(join(folder, entry.name)));
    return [...own.filter((pid) => pid > 1), ...nested]; // a process of an outer pid namespace is listed as 0
  } catch {
    return [];
  }
}

/** True if the kernel says that nothing lives in the cgroup, or below it. False if it is gone, or cannot be read. */
export function isCgroupEmpty(folder: string): boolean {
  try {
    return /^populated 0$/m.test(readFileSync(join(folder, 'cgroup.events'), 'utf8'));
  } catch {
    return false;
  }
}

/** Kills everything in the cgroup and below it. Atomic: no fork or move escapes. False when that is not possible. */
export function killCgroup(folder: string): boolean {
  try {
    writeFileSync(join(folder, 'cgroup.kill'), '1', { flag: 'r+' }); // r+: never create a file of that name elsewhere
    return true;
  } catch {
    return false;
  }
}

/** Removes the cgroup; true when it is gone, false while it is populated or has cgroups below it. */
export function removeCgroup(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}

function ownCgroup(): string | undefined {
  return placeOfCgroup(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'));
}

/** The folder of a cgroup, or the nearest one above it that is not a run's. Pure. */
export function outsideRuns(folder: string): string {
  const run = OF_A_RUN.exec(folder);
  return run === null ? folder : folder.slice(0, run.index);
}

function enter(folder: string): void {
  writeFileSync(join(folder, 'cgroup.procs'), `${process.pid}`, { flag: 'r+' });
}

function isUsable(folder: string): boolean {
  try {
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK);
    accessSync(join(folder, 'cgroup.kill'), constants.W_OK);
    return readFileSync(join(folder, 'cgroup.type'), 'utf8').trim() === 'domain'; // a cgroup below a threaded one cannot be entered
  } catch {
    return false;
  }
}
