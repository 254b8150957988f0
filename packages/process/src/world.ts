import { hostname, uptime } from 'node:os';
import { platform } from './platform/current.ts';

/**
 * The boot and the pid namespace in which pids are meaningful. Two Worlds that differ in either field share no identities:
 * a run recorded inside a sandbox read as "gone" from outside while it was alive (lab finding 6).
 */
export interface World {
  /** Changes with every boot; '' when the platform does not tell. */
  readonly bootId: string;
  /** Inode number of /proc/self/ns/pid; '' where there are no pid namespaces. */
  readonly pidNamespace: string;
}

/** The World of this process. Where `seesOwnPids()` is false it is one that no other process shares. */
export function thisWorld(): World {
  return platform.world();
}

/**
 * Whether the processes we can look at are those our signals reach. False inside a pid namespace that was given no /proc of its own:
 * there nothing is identified (`identify` and `scan` find nothing, `lifeOf` would say `gone`) and nothing is signalled.
 */
export function seesOwnPids(): boolean {
  return platform.seesOwnPids();
}

/**
 * True if this machine has restarted since: nothing that was recorded there can live. Another machine of the same name, which shares our
 * folder, is told by a beat that is younger than our boot.
 * @param then host and boot on record
 * @param beatAtMs the last sign of life on record, epoch ms
 * @returns false where the platform does not tell one boot from another
 */
export function isBeforeBoot(
  then: { readonly name: string; readonly bootId: string },
  { bootId }: World,
  beatAtMs: number | undefined,
): boolean {
  if (then.name !== hostname() || then.bootId === bootId || then.bootId === '' || bootId === '') return false;
  return beatAtMs === undefined || beatAtMs < Date.now() - uptime() * 1_000;
}
