/** The disk is full or broken, or this process lacks handles or memory. */
const TRANSIENT: ReadonlySet<string | undefined> = new Set([
  'EAGAIN',
  'EDQUOT',
  'EIO',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOSPC',
]);

/**
 * True for an error that says something about this machine at this moment and nothing about the run. Look again later,
 * judge nothing.
 */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has((error as NodeJS.ErrnoException).code);
}

/**
 * Does the work. Where a transient error or a deleted folder prevents it, the next look will try again.
 * @param onFault is given that error
 * @returns undefined if it was prevented
 * @throws every other error
 */
export function ignoreTransient<T>(work: () => T, onFault?: (error: unknown) => void): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isTransient(error) || (error as NodeJS.ErrnoException).code === 'ENOENT') {
      onFault?.(error);
      return undefined;
    }
    throw error;
  }
}
