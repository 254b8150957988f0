import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { outsideRuns } from './cgroup.ts';
import { placeOfCgroup, placeOfMemoryCgroup } from './platform/parse-mountinfo.ts';

/** A file of the kernel that counts the processes it has killed because memory was short, and its count. */
export interface OomCount {
  readonly file: string;
  readonly kills: number;
}

/**
 * The narrowest count that a process started from here will add to: that of our cgroup v2 or the nearest one above it that counts
 * memory, else that of our memory cgroup of version 1, else that of the machine. Never throws. Undefined where nothing counts.
 */
export function oomCountHere(): OomCount | undefined {
  if (process.platform !== 'linux') return undefined;
  for (const file of candidates()) {
    const kills = oomKillsIn(textOf(file));
    if (kills !== undefined) return { file, kills };
  }
  return undefined;
}

/** The count in the text of `memory.events`, `memory.oom_control` or `/proc/vmstat`. Pure. */
export function oomKillsIn(text: string): number | undefined {
  const digits = /^oom_kill (\d{1,15})$/m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function* candidates(): Generator<string> {
  const [mountinfo, cgroup] = [textOf('/proc/self/mountinfo'), textOf('/proc/self/cgroup')];
  const own = placeOfCgroup(mountinfo, cgroup);
  // The count of a cgroup includes those below it. One without a count has no memory controller.
  for (let folder = own === undefined ? '/' : outsideRuns(own); folder !== '/'; folder = dirname(folder))
    yield join(folder, 'memory.events');
  const memory = placeOfMemoryCgroup(mountinfo, cgroup);
  if (memory !== undefined) yield join(memory, 'memory.oom_control');
  yield '/proc/vmstat';
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
