import type { Identity } from './identity.ts';
import { platform } from './platform/current.ts';
import { isDead, isSame } from './process-table.ts';

/**
 * Sends a signal to that very process. This is the only place that calls `process.kill`.
 *
 * The identity is verified just before. Check and signal are two system calls, so one race remains: the process ends,
 * is reaped, and its pid is reused, all within microseconds. Only pidfd_send_signal(2) could close it, and Node does
 * not have that.
 * @returns whether it was sent. It is not sent to pid 1 or below, to this process, to a zombie, to a process with
 *   another start time, where signalling is not permitted (EPERM), or where the process table is not the one that
 *   kill(2) acts on (`seesOwnPids`)
 */
export function signalIfSame(identity: Identity, signal: NodeJS.Signals): boolean {
  const { pid } = identity;
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return false;
  const row = platform.readRow(pid);
  if (row === undefined || row === 'denied' || !isSame(row, identity) || isDead(row)) return false;
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
