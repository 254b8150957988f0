/** How long this process leaves a run alone that could not start at its turn. */
const PAUSE_MS = 1_000;

const until = new Map<string, number>();

/** Remembers that a run could not start yet, so that it is not put in line again at once: its turn would come again and again. */
export function postpone(id: string): void {
  until.set(id, performance.now() + PAUSE_MS);
}

/** Whether the run could not start a moment ago. */
export function isPostponed(id: string): boolean {
  const instant = until.get(id);
  if (instant === undefined) return false;
  if (instant > performance.now()) return true;
  until.delete(id);
  return false;
}
