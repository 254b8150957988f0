import type { Identity } from './identity.ts';
import { platform } from './platform/current.ts';
import { isDead, isSame } from './process-table.ts';

/**
 * Sends a signal to that very process; the only place in this package that calls `process.kill`.
 *
 * Returns whether it was sent. Not to pid 1 or below, not to ourselves, not when the identity has changed or may not be read, when only
 * a zombie is left, when it may not be signalled (EPERM), or where the table we verify by is not the one kill(2) acts on.
 *
 * Check and signal are two system calls; what is left between them (the process ends, is reaped, and its pid comes round within
 * microseconds) could only be closed by pidfd_send_signal(2), which Node does not have.
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
