import { growTree, isAlive, isSamePidScope, membersOf, scan, type Tree } from '@pm/process';
import type { RunRecord, Survivor } from '@pm/protocol';
import { presentIn, type RunOnDisk } from '@pm/protocol/fs';
import { treeQueryOf } from '../look/run-tree.ts';

/**
 * A process that was killed together with the command may take a moment to be gone: look again after each of these
 * pauses.
 */
const DYING_MS = [5, 25];

/**
 * The processes of an ended run that are still alive. When a run ends by itself nothing is killed, because a job may
 * leave a daemon. Empty for a run of another boot, host or pid namespace, where nothing is known.
 */
export function findSurvivors(run: RunRecord, disk: RunOnDisk, tree: Tree | undefined): Survivor[] {
  const root = presentIn(disk.command);
  if (root === undefined || !isSamePidScope(run.host)) return [];
  const table = scan();
  let left = membersOf(growTree(treeQueryOf(run, root, presentIn(disk.wrapper)), tree, table));
  for (const ms of DYING_MS) {
    if (left.length === 0) break;
    pause(ms);
    left = left.filter(isAlive);
  }
  return left.map(({ pid, startTime }) => ({ pid, startTime, command: table.get(pid)?.command ?? '' }));
}

/** Blocks. The outcome is derived without giving up the turn, and few runs leave anything running. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
