const CODES: ReadonlySet<string | undefined> = new Set([
  'EAGAIN',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
]);

/** A full disk, or handles and memory that we lack: nothing about the run, and it may pass. Look again, judge nothing. */
export function isPassing(error: unknown): boolean {
  return CODES.has((error as NodeJS.ErrnoException).code);
}
