import { growTree, isAlive, isSamePidScope, membersOf, scan, type Tree } from '@pm/process';
import type { RunRecord, Survivor } from '@pm/protocol';
import { presentIn, type RunOnDisk } from '@pm/protocol/fs';
import { queryOf } from '../look/observe.ts';

/** What a process that was killed with the command may still take to be gone, looked at after each of these pauses. */
const DYING_MS = [5, 25];

/**
 * What of a run is still running, by name. On a natural end nothing is killed, because daemonising is legitimate.
 * Nothing is known of a run in another boot, host or pid namespace.
 */
export function survivorsOf(run: RunRecord, disk: RunOnDisk, tree: Tree | undefined): Survivor[] {
  const root = presentIn(disk.command);
  if (root === undefined || !isSamePidScope(run.host)) return [];
  const table = scan();
  let left = membersOf(growTree(queryOf(run, root, presentIn(disk.wrapper)), tree, table));
  for (const ms of DYING_MS) {
    if (left.length === 0) break;
    pause(ms);
    left = left.filter(isAlive);
  }
  return left.map(({ pid, startTime }) => ({ pid, startTime, command: table.get(pid)?.command ?? '' }));
}

/** Without giving up the turn: the outcome is derived in one go, and few runs leave anything behind. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
