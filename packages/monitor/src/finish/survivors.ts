import { existsSync } from 'node:fs';
import {
  growTree,
  type Identity,
  isAlive,
  isCgroupEmpty,
  isSamePidScope,
  membersOf,
  scan,
  suspectsOf,
  type Tree,
} from '@pm/process';
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
 *
 * Most runs leave nothing behind. Where the kernel says so of their cgroup, the processes of the machine are not read: of a
 * short run that would be a quarter of all work. After an order they are: what was moved out of the cgroup has to go too.
 */
export function findSurvivors(run: RunRecord, disk: RunOnDisk, tree: Tree | undefined): Survivor[] {
  const root = presentIn(disk.command);
  if (root === undefined || !isSamePidScope(run.host)) return [];
  const hasEnded = presentIn(disk.ending)?.cause === 'exit';
  if (hasEnded && run.cgroup !== undefined && isCgroupEmpty(run.cgroup)) return [];
  const table = scan();
  const left = stillAlive(membersOf(growTree(treeQueryOf(run, root, presentIn(disk.wrapper)), tree, table)));
  return left.map(({ pid, startTime }) => ({ pid, startTime, command: table.get(pid)?.command ?? '' }));
}

/**
 * The processes that may come from a run whose tree was terminated, though nothing proves it. None if the command began
 * in a cgroup of its own: nothing leaves that unnoticed. None of an adopted run: where it began is not known, and every
 * orphan that is younger would be named.
 */
export function findSuspects(run: RunRecord, disk: RunOnDisk): Survivor[] {
  const root = presentIn(disk.command);
  if (run.adopted !== undefined) return [];
  if (root === undefined || !isSamePidScope(run.host) || (run.cgroup !== undefined && existsSync(run.cgroup)))
    return [];
  const table = scan();
  const wrapper = presentIn(disk.wrapper);
  const query = treeQueryOf(run, root, wrapper);
  const tree = growTree(query, undefined, table);
  return stillAlive(suspectsOf({ ...query, ...(wrapper !== undefined && { wrapper }) }, tree, table));
}

function stillAlive<T extends Identity>(found: readonly T[]): T[] {
  let left = [...found];
  for (const ms of DYING_MS) {
    if (left.length === 0) break;
    pause(ms);
    left = left.filter(isAlive);
  }
  return left;
}

/** Blocks. The outcome is derived without giving up the turn, and few runs leave anything running. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
