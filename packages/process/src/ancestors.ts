import type { Identity } from './identity.ts';
import { platform } from './platform/current.ts';
import { isDead, isSame } from './process-table.ts';

// Why: contributing/decisions/2026-11-23-who-is-told.md
/**
 * Remembers the processes above this one: its parent, the parent of that, and so on. If somebody kills the program that has started the
 * shell that has started this process, the shell may live on as an orphan. So the parent alone does not tell whether the one who asked is
 * still there.
 *
 * On Linux it costs 0.03 ms for each ancestor, now and when it is asked. On macOS it takes one ps(1) each time. What cannot be read (no
 * /proc, `hidepid`, ancestors in another pid namespace) is not asked for; a new parent is noticed all the same.
 * @returns a function that tells whether all of them are still alive; a zombie is not
 */
export function rememberAncestors(): () => boolean {
  const parent = process.ppid;
  const ancestors = ancestorsFrom(parent);
  return () => {
    if (process.ppid !== parent) return false;
    const read = platform.reader();
    return ancestors.every((ancestor) => {
      const row = read(ancestor.pid);
      return row === 'denied' || (row !== undefined && isSame(row, ancestor) && !isDead(row));
    });
  };
}

/** From this pid upwards, as far as they can be read. Not process 1, with which this process would be gone, too. */
function ancestorsFrom(parent: number): Identity[] {
  const read = platform.reader();
  const found: Identity[] = [];
  for (let pid = parent; pid > 1 && !found.some((known) => known.pid === pid); ) {
    const row = read(pid);
    if (row === undefined || row === 'denied') break;
    found.push({ pid, startTime: row.startTime });
    pid = row.ppid;
  }
  return found;
}
