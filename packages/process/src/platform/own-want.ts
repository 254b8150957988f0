const CODES: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/**
 * Throws what only says that we ourselves lack handles or memory (open(2)). It must never read as "no such process":
 * a run would be called lost, and another boot id would be a restart of the machine.
 */
export function throwOwnWant(error: unknown): void {
  if (CODES.has((error as NodeJS.ErrnoException).code)) throw error;
}
