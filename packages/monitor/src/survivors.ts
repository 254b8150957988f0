import { growTree, type Identity, membersOf, scan, type Tree, thisWorld } from '@pm/process';
import type { RunRecord, Survivor } from '@pm/protocol';
import { isHere } from './here.ts';
import { queryOf } from './observe.ts';

/**
 * What of a run is still running, by name. On a natural end nothing is killed, because daemonising is legitimate.
 * Nothing is known of a run in another boot, host or pid namespace.
 */
export function survivorsOf(run: RunRecord, root: Identity | undefined, tree: Tree | undefined): Survivor[] {
  if (root === undefined || !isHere(run, thisWorld())) return [];
  const table = scan();
  return membersOf(growTree(queryOf(run, root), tree, table)).map(({ pid, startTime }) => ({
    pid,
    startTime,
    command: table.get(pid)?.command ?? '',
  }));
}
