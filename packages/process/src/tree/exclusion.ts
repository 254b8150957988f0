import type { Identity } from '../identity.ts';
import { isSame, type ProcessRow, type ProcessTable } from '../process-table.ts';

/**
 * Whether a process is one of the excluded, or descends from one but not from the root. The `sleep` of a beat loop is
 * excluded with the loop. The command is not, although the wrapper is its parent.
 */
export function isExcluded(
  row: ProcessRow,
  root: Identity,
  exclude: readonly Identity[],
  table: ProcessTable,
): boolean {
  if (exclude.length === 0) return false;
  const seen = new Set<number>(); // rows are read one after the other, so a reused pid could make a circle
  for (let at: ProcessRow | undefined = row; at !== undefined && !seen.has(at.pid); at = table.get(at.ppid)) {
    if (isSame(at, root)) return false;
    if (exclude.some((identity) => isSame(at, identity))) return true;
    seen.add(at.pid);
  }
  return false;
}
