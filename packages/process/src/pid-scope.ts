import { hostname, uptime } from 'node:os';
import { platform } from './platform/current.ts';

/**
 * The boot and the pid namespace in which pids are meaningful. The same pid and start time in another scope is another
 * process: a run that was recorded inside a sandbox would look gone from outside while it is alive.
 */
export interface PidScope {
  /** Changes with every boot; '' when the platform does not tell. */
  readonly bootId: string;
  /** Inode number of /proc/self/ns/pid; '' where there are no pid namespaces. */
  readonly pidNamespace: string;
}

/** How the platform ends the name of a namespace whose processes cannot be seen. */
const UNSEEN = /-unseen-\d+$/;

/** The scope of this process. Where `seesOwnPids()` is false it is one that no other process shares. */
export function thisPidScope(): PidScope {
  return platform.pidScope();
}

/**
 * True if pids recorded in one scope mean the same processes in the other: same boot, same pid namespace.
 * Only then may such a process be looked up, or signalled.
 */
export function isSamePidScope(recorded: PidScope, scope: PidScope = thisPidScope()): boolean {
  // Not even our own pids: /proc shows those of another namespace, where ours would look gone.
  if (UNSEEN.test(scope.pidNamespace)) return false;
  return recorded.bootId === scope.bootId && recorded.pidNamespace === scope.pidNamespace;
}

/**
 * Whether the processes we can look at are those our signals reach. False inside a pid namespace that was given no
 * /proc of its own: there nothing is identified (`identify` and `scan` find nothing, `lifeOf` would say `gone`) and
 * nothing is signalled.
 */
export function seesOwnPids(): boolean {
  return platform.seesOwnPids();
}

/**
 * True if this machine has restarted since: no process recorded then can still live. Another machine of the same name
 * that shares our folder does not count: its last sign of life is younger than our boot.
 * @param then host and boot on record
 * @param beatAtMs the last sign of life on record, epoch ms
 * @returns false where the platform does not tell one boot from another
 */
export function isBeforeBoot(
  then: { readonly name: string; readonly bootId: string },
  { bootId }: PidScope,
  beatAtMs: number | undefined,
): boolean {
  if (then.name !== hostname() || then.bootId === bootId || then.bootId === '' || bootId === '') return false;
  return beatAtMs === undefined || beatAtMs < Date.now() - uptime() * 1_000;
}
