import { closeSync, constants, ftruncateSync, openSync, writeFileSync } from 'node:fs';
import { bootClockMs } from '@pm/process';
import { encodeLease, PmError, runPaths } from '@pm/protocol';
import { isOutOfRoom, replaceRecord } from '@pm/protocol/fs';

// Why: contributing/decisions/2026-11-29-a-lease-ends-with-its-evidence.md
/**
 * Lets a run under a lease go on until `untilMs`. The wrapper and every monitor read it at their next look. A lease that is over ends the
 * run, whatever is written afterwards. An earlier instant than the one before shortens the lease.
 * @param untilMs an instant of the boot clock of this machine (`bootClockMs`), ms
 * @throws PmError `usage` if that is no such instant
 * @throws ENOENT if the records of the run were deleted, or other errors of the file system: then the lease is as it was before
 */
export function extendLease(dir: string, runId: string, untilMs: number): void {
  const until = Math.round(untilMs);
  if (!(until >= 1_000 && until < 1e12))
    throw new PmError(
      'usage',
      `${untilMs} is no instant of the boot clock in ms.`,
      'Add the length of the lease to bootClockMs().',
    );
  const { lease } = runPaths(dir, runId);
  const text = encodeLease({ untilMs: until, atMs: bootClockMs() });
  try {
    replaceRecord(lease, text);
  } catch (error) {
    if (!isOutOfRoom(error)) throw error;
    overwrite(lease, text);
  }
}

/** Takes no new room, so a full disk ends no run. A reader that meets half of it keeps the lease that it knew. */
function overwrite(path: string, text: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    writeFileSync(fd, text);
    ftruncateSync(fd, Buffer.byteLength(text));
  } finally {
    closeSync(fd);
  }
}
