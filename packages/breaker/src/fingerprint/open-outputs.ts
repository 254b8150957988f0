import { fstatSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { scan } from '@pm/process';

/** Of a session with more processes, or a process with more files, only a part is read. */
const MOST_PROCESSES = 200;
const MOST_FILES = 200;

/**
 * Returns whether a file receives the output of this process, or of a process of its group or session: `pm run … > out.txt`, a loop
 * whose output goes to a file, `| tee out.txt`. Such files grow by asking the breaker, so they do not count. On other systems than Linux
 * only the outputs of this process are known.
 */
export function openOutputs(): (file: Stats) => boolean {
  const open = new Set([1, 2].flatMap((fd) => keyOf(() => fstatSync(fd)) ?? []));
  for (const pid of process.platform === 'linux' ? ourSession() : []) {
    for (const fd of filesOf(pid)) open.add(keyOf(() => writtenThrough(`/proc/${pid}/fd/${fd}`)) ?? '');
  }
  return (file) => open.has(`${file.dev}:${file.ino}`);
}

/** A group or session of 0 began outside of our pid namespace and cannot be compared. */
function ourSession(): number[] {
  const table = scan();
  const own = table.get(process.pid);
  const isOurs = (theirs: number, ours: number | undefined): boolean => theirs !== 0 && theirs === ours;
  return [...table.values()]
    .filter(({ pgid, sid }) => isOurs(pgid, own?.pgid) || isOurs(sid, own?.sid))
    .map(({ pid }) => pid)
    .slice(-MOST_PROCESSES);
}

function filesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).slice(0, MOST_FILES);
  } catch {
    return []; // it has ended, or belongs to another user
  }
}

/** Undefined for a file that is open for reading only: the permissions of the link tell (proc(5)). */
function writtenThrough(link: string): Stats | undefined {
  return (lstatSync(link).mode & 0o200) === 0 ? undefined : statSync(link);
}

function keyOf(look: () => Stats | undefined): string | undefined {
  try {
    const found = look();
    return found?.isFile() === true ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    return undefined;
  }
}
