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
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Identity, isAlive } from './identity.ts';
import { placeOfCgroup } from './platform/parse-mountinfo.ts';

/** `pm-<run id>`: the cgroups of runs. What is started from within one goes beside it, not below it; a `pm-web.service` is none. */
const OF_A_RUN = /\/pm-\d{8}T\d{9}Z-[^/]*(?=\/|$)/;

// Why: contributing/decisions/2026-11-23-cgroup-after-the-start.md
/**
 * Makes a cgroup v2 of this name and returns its folder: whoever enters it (by writing its pid to `cgroup.procs`) and all its
 * descendants are members however they detach, and `cgroup.kill` (Linux 5.14) ends them at once.
 * It is made below our own cgroup, or below the nearest one that is no run's (`pm-<run id>`): `cgroup.kill` of an outer run reaches all below it.
 *
 * `undefined` wherever that is not to be had: another platform, no cgroup2 mount, not permitted, an older kernel, a threaded parent, a name that
 * exists or is no plain file name. Never throws. Only the command belongs in it: `cgroup.kill` knows no exceptions.
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
    // Any refusal means the same: not on this machine.
  }
  return undefined;
}

/**
 * Moves this very process out of the cgroup of the run that it is part of, so that what it starts now is not killed with that run.
 * Does nothing outside of one, and where it may not. Call the returned function to go back: the process itself does belong to the run.
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
 * Moves a running process into the cgroup; what it starts from then on is born there, what it had started stays outside.
 * The kernel takes 10 to 20 ms for a move (it waits for an RCU grace period), in a thread of ours and not in the process.
 * @returns false if the process is gone, or the move is not permitted
 */
export async function enterCgroup(folder: string, identity: Identity): Promise<boolean> {
  if (!isAlive(identity)) return false;
  try {
    await move(identity, folder);
    if (isAlive(identity)) return true;
    // It ended meanwhile: should a stranger have got its pid, it must not stay where `cgroup.kill` strikes.
    await move(identity, dirname(folder));
  } catch {
    // Gone, or not permitted: the tree is found by its other marks.
  }
  return false;
}

// node:fs/promises would cost a start 2 ms to load.
const writeLater = promisify(writeFile);

async function move({ pid }: Identity, folder: string): Promise<void> {
  await writeLater(join(folder, 'cgroup.procs'), String(pid), { flag: 'r+' });
}

/** Pids in the cgroup and in those below it; empty when it is gone. The kernel lists no zombies here. */
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

/** Kills everything in the cgroup and below, atomically against forks and moves; false when that is not possible. */
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

function outsideRuns(folder: string): string {
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
    return readFileSync(join(folder, 'cgroup.type'), 'utf8').trim() === 'domain'; // below a threaded one it cannot be entered
  } catch {
    return false;
  }
}
