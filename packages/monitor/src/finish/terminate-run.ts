import {
  growTree,
  type Identity,
  isAlive,
  isSamePidScope,
  membersOf,
  scan,
  signalIfSame,
  type Termination,
  type Tree,
  terminate,
} from '@pm/process';
import type { RunRecord } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import { treeQueryOf } from '../look/run-tree.ts';
import { appendEvent } from './event-log.ts';

export interface TerminateRunOptions {
  /** The tree as last seen: a member that has shed every mark is only known from there. */
  readonly tree: Tree | undefined;
  /** More processes to terminate: survivors on record, which may have shed every mark. */
  readonly also?: readonly Identity[];
  readonly by: string;
  /** Overrides the run's own grace, in ms. */
  readonly graceMs?: number;
  /** Send SIGINT first, as Ctrl-C in a terminal does. Half of the grace is for that, the other half for SIGTERM. */
  readonly interrupt?: boolean;
  /** Aborting it skips the rest of the grace. */
  readonly force?: AbortSignal;
}

/**
 * Terminates the run's whole tree, but not its wrapper, which has to record the exit. Every signal becomes an event of
 * the run. Does nothing for a run of another boot, host or pid namespace: a monitor or the wrapper there will see the
 * ending.
 */
export async function terminateRun(
  dir: string,
  run: RunRecord,
  { tree, also = [], by, graceMs = run.policy.graceMs, interrupt, force }: TerminateRunOptions,
): Promise<Termination> {
  const disk = readRun(dir, run.id);
  const root = presentIn(disk.command);
  if (root === undefined || !isSamePidScope(run.host)) return { forced: false, signalled: 0, survivors: [] };
  let known = tree;
  const interruptMs = interrupt === true ? Math.floor(graceMs / 2) : 0;
  const termination = await terminate({
    find: () => {
      known = growTree(treeQueryOf(run, root, presentIn(disk.wrapper)), known, scan());
      return [...membersOf(known), ...also.filter(isAlive)];
    },
    graceMs: graceMs - interruptMs,
    // The command leads a process group of its own.
    ...(interruptMs > 0 && { interrupt: { group: root.pid, forMs: interruptMs } }),
    onSignal: ({ signal, target }) => appendEvent(dir, run.id, by, 'signalled', { signal, pid: target.pid }),
    ...(force !== undefined && { signal: force }),
    ...(run.cgroup !== undefined && { cgroup: run.cgroup }),
  });
  continueWrapper(dir, run.id);
  const { survivors } = termination;
  if (survivors.length > 0) appendEvent(dir, run.id, by, 'survived', { survivors });
  return termination;
}

/** Continues a stopped wrapper, by identity, so that it can record the exit. */
export function continueWrapper(dir: string, runId: string): void {
  const wrapper = presentIn(readRun(dir, runId).wrapper);
  if (wrapper !== undefined) signalIfSame(wrapper, 'SIGCONT');
}
