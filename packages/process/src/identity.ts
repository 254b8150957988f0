import { platform } from './platform/current.ts';
import { isDead, isSame } from './process-table.ts';

/**
 * One process, unique for as long as this boot lasts. A pid may be reused within seconds; pid and start time together
 * are not. Meaningful only within one `PidScope`; callers compare scopes themselves (`isSamePidScope`).
 */
export interface Identity {
  readonly pid: number;
  /** Linux: field 22 of /proc/<pid>/stat, ticks since boot. macOS: `lstart` of ps(1) in UTC. */
  readonly startTime: string;
}

/** `gone` also when the pid belongs to another process by now. */
export type Life = 'running' | 'stopped' | 'zombie' | 'gone';

/**
 * The identity of whatever has this pid now, zombies included. `undefined`: no such process, not to be read, or the pid
 * is no integer above 1 (0 and negatives mean groups to kill(2), 1 is never ours).
 */
export function identify(pid: number): Identity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 1) return undefined;
  const row = platform.readRow(pid);
  return row === undefined || row === 'denied' ? undefined : { pid, startTime: row.startTime };
}

/**
 * How that very process is doing. A process that exists but may not be read counts as running: EPERM means that it is
 * alive and another user's. Where `hidepid=2` hides another user's process altogether, it counts as gone.
 */
export function lifeOf(identity: Identity): Life {
  const row = platform.readRow(identity.pid);
  if (row === 'denied') return 'running';
  if (row === undefined || !isSame(row, identity)) return 'gone';
  if (isDead(row)) return 'zombie';
  return row.state === 'T' || row.state === 't' ? 'stopped' : 'running';
}

/** True if it is running or stopped. A zombie is dead. */
export function isAlive(identity: Identity): boolean {
  const life = lifeOf(identity);
  return life === 'running' || life === 'stopped';
}

/**
 * Whether it runs as the same user as this process. A process of another user that a pid file names must not be
 * signalled, not even by root.
 */
export function isOfThisUser({ pid }: Identity): boolean {
  return platform.userOf(pid) === process.geteuid?.();
}

/**
 * When the process started, in epoch milliseconds; `undefined` when that cannot be worked out. Precise to about 20 ms
 * on Linux (two clocks of 10 ms) and to 1 s on macOS. It is worked out from the present wall clock, so if that was set
 * since, the answer moves with it.
 */
export function startedAtMs(identity: Identity): number | undefined {
  return platform.startedAtMs(identity.startTime);
}
