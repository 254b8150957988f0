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

/** True for an error that says that a file or folder may not be written to, now or by this user. */
export function isDenied(error: unknown): boolean {
  return DENIED.has(Object(error).code);
}

const DENIED: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * Writes what a verdict says. Where the machine does not let it, or the folder was deleted, the next look will try
 * again.
 * @param onFault is given that error
 * @returns undefined if it was prevented
 * @throws every other error
 */
export function unlessRefused<T>(write: () => T, onFault: (error: unknown) => void): T | undefined {
  return ignoreTransient(() => {
    try {
      return write();
    } catch (error) {
      if (!isDenied(error)) throw error;
      onFault(error);
      return undefined;
    }
  }, onFault);
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
