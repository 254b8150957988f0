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
import { queryOf } from '../look/observe.ts';
import { appendEvent } from './event-log.ts';

export interface TerminateRunOptions {
  /** The tree as last seen; members that shed every mark are only known from there. */
  readonly tree: Tree | undefined;
  /** Processes that are to go as well, though they may have shed every mark: survivors on record. */
  readonly also?: readonly Identity[];
  readonly by: string;
  /** Overrides the run's own grace, in ms. */
  readonly graceMs?: number;
  /** Aborting it skips the rest of the grace. */
  readonly force?: AbortSignal;
}

/**
 * Carries out an ending: terminates the run's whole tree, never its wrapper, which stays to record the exit.
 * Every signal is an event of the run. Does nothing for a run of another boot, host or pid namespace: its own side sees the ending.
 */
export async function terminateRun(
  dir: string,
  run: RunRecord,
  { tree, also = [], by, graceMs, force }: TerminateRunOptions,
): Promise<Termination> {
  const disk = readRun(dir, run.id);
  const root = presentIn(disk.command);
  if (root === undefined || !isSamePidScope(run.host)) return { forced: false, signalled: 0, survivors: [] };
  let known = tree;
  const termination = await terminate({
    find: () => {
      known = growTree(queryOf(run, root, presentIn(disk.wrapper)), known, scan());
      return [...membersOf(known), ...also.filter(isAlive)];
    },
    graceMs: graceMs ?? run.policy.graceMs,
    onSignal: ({ signal, target }) => appendEvent(dir, run.id, by, 'signalled', { signal, pid: target.pid }),
    ...(force !== undefined && { signal: force }),
    ...(run.cgroup !== undefined && { cgroup: run.cgroup }),
  });
  continueWrapper(dir, run.id);
  const { survivors } = termination;
  if (survivors.length > 0) appendEvent(dir, run.id, by, 'survived', { survivors });
  return termination;
}

/** Continues a stopped wrapper, by identity: it owes the run the record of its exit. */
export function continueWrapper(dir: string, runId: string): void {
  const wrapper = presentIn(readRun(dir, runId).wrapper);
  if (wrapper !== undefined) signalIfSame(wrapper, 'SIGCONT');
}
