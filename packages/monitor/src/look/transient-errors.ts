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

/**
 * What a full disk, a lack of handles or a deleted folder keeps from being done is done at another look.
 * @param onFault told of what it was
 */
export function attempt<T>(work: () => T, onFault?: (error: unknown) => void): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isPassing(error) || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      onFault?.(error);
      return undefined;
    }
    throw error;
  }
}
