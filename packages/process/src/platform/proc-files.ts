import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The text of a file; none if it cannot be read. ENOENT before the open, ESRCH after it when the process went in between;
 * EACCES and EPERM (`denied`) under `hidepid=1` and for foreign processes.
 */
export function read(path: string): { text?: string; denied?: boolean } {
  try {
    return { text: readFileSync(path, 'utf8') };
  } catch (error) {
    throwIfOutOfResources(error);
    const { code } = error as NodeJS.ErrnoException;
    return { denied: code === 'EACCES' || code === 'EPERM' };
  }
}

const OUT_OF_RESOURCES: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

// These errors only say that we ourselves lack handles or memory (open(2)). They must never read as "no such process":
// a run would be called lost, and an unreadable boot id would look like a restart of the machine.
function throwIfOutOfResources(error: unknown): void {
  if (OUT_OF_RESOURCES.has((error as NodeJS.ErrnoException).code)) throw error;
}

/** Where a symbolic link leads to; `undefined` when it cannot be read. */
export function link(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The names in a folder; none when it cannot be read. */
export function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throwIfOutOfResources(error);
    return [];
  }
}
