import { fstatSync, lstatSync, readdirSync, type Stats, statSync } from 'node:fs';
import { scan } from '@pm/process';

/** A session of more processes, and a process of more files, is looked at in part. */
const MOST_PROCESSES = 200;
const MOST_FILES = 200;

/**
 * The files that take what we, or whoever shares our process group or session, print at this moment: `pm run … > out.txt`, a loop whose
 * output goes to a file, `| tee out.txt`. They grow by asking, and are nobody's work. Elsewhere than on Linux only our own are known.
 */
export function openOutputs(): (file: Stats) => boolean {
  const open = new Set([1, 2].flatMap((fd) => keyOf(() => fstatSync(fd)) ?? []));
  for (const pid of process.platform === 'linux' ? ourSession() : []) {
    for (const fd of filesOf(pid)) open.add(keyOf(() => writtenThrough(`/proc/${pid}/fd/${fd}`)) ?? '');
  }
  return (file) => open.has(`${file.dev}:${file.ino}`);
}

/** 0 is a group or a session that began outside of our pid namespace, and says nothing. */
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
    return []; // it has ended, or is somebody else's
  }
}

/** What is open for reading alone is no output: the link's own permissions tell (proc(5)). */
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
