import { realpathSync } from 'node:fs';
import {
  type ActivitySample,
  activityBetween,
  growTree,
  type Identity,
  isSamePidScope,
  membersOf,
  type ProcessTable,
  sampleActivity,
  type Tree,
} from '@pm/process';
import type { IdentityRecord, RunRecord } from '@pm/protocol';
import { presentIn, type RunOnDisk, readRun } from '@pm/protocol/fs';
import { treeIntervalMs } from '../judge/look-interval.ts';
import type { Snapshot } from './snapshot.ts';

/** What was seen of a run's processes, at this look or at one before (`treeIntervalMs`). */
export interface TreeLook {
  readonly tree: Tree | undefined;
  readonly sample: ActivitySample | undefined;
  /** When, on the watcher's monotonic clock. */
  readonly treeAtMs: number;
  /** Whether they have used CPU or I/O since the last look at the tree. Undefined if this look has not measured that. */
  readonly active: boolean | undefined;
}

/** Looks at the run's processes, unless an earlier look still stands. */
export function lookAtTree(
  run: RunRecord,
  disk: RunOnDisk,
  snapshot: Snapshot,
  before: TreeLook | undefined,
  isNeeded: boolean,
): TreeLook {
  const root = presentIn(disk.command);
  const now = snapshot.monotonicMs;
  if (!isNeeded || root === undefined)
    return { tree: before?.tree, sample: before?.sample, treeAtMs: before?.treeAtMs ?? now, active: undefined };
  const tree = growTree(treeQueryOf(run, root, presentIn(disk.wrapper)), before?.tree, snapshot.table());
  const sample = sampleActivity(membersOf(tree), snapshot.table());
  const active = before?.sample && activityBetween(before.sample, sample, now - before.treeAtMs).active;
  return { tree, sample, treeAtMs: now, active };
}

/** True if the tree has to be looked at again: rather a bit early than a whole look late. */
export function isTreeDue(
  { policy }: RunRecord,
  { monotonicMs }: Snapshot,
  before: TreeLook | undefined,
  plannedGapMs: number,
): boolean {
  if (before?.tree === undefined) return true;
  return monotonicMs - before.treeAtMs >= treeIntervalMs(policy) - plannedGapMs / 2;
}

/**
 * How the run's processes are distinguished from all others.
 * @param wrapper of a run that may be retried: what an earlier attempt has left running is older than the current
 *   command
 */
export function treeQueryOf(
  run: RunRecord,
  root: IdentityRecord,
  wrapper: IdentityRecord | undefined,
): Parameters<typeof growTree>[0] & { readonly marker: string } {
  const isRetried = (run.policy.retries ?? 0) > 0;
  return {
    root,
    ...(isRetried && wrapper !== undefined && { since: wrapper.startTime }),
    marker: `PM_RUN_ID=${run.id}`,
    output: `/runs/${run.id}/`,
    ...(run.foreign !== undefined && { outputFile: realPathOf(run.cwd, `${run.step}.log`) }),
    ...(run.cgroup !== undefined && { cgroup: run.cgroup }),
  };
}

/**
 * The live processes of a run as one table shows them, whether or not the run has ended. None for a run of another host, boot or pid
 * namespace, where nothing is known.
 * @param dir the sentinel directory
 */
export function processesOf(dir: string, run: RunRecord, table: ProcessTable): readonly Identity[] {
  if (!isSamePidScope(run.host)) return [];
  const { command, wrapper } = readRun(dir, run.id);
  const root = presentIn(command);
  return root === undefined ? [] : membersOf(growTree(treeQueryOf(run, root, presentIn(wrapper)), undefined, table));
}

/** The path of a foreign run's log as /proc shows it. Its working directory is where its flat files are. */
function realPathOf(folder: string, name: string): string {
  try {
    return `${realpathSync(folder)}/${name}`;
  } catch {
    return `${folder}/${name}`;
  }
}
