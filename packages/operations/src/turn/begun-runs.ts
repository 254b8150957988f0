import type { QueuedRecord, RunRecord } from '@pm/protocol';

/** The runs of a wait: those that have begun, by the names that the caller gave them, and those that wait for their turn. */
export interface BegunRuns {
  readonly names: () => string[];
  readonly begun: () => RunRecord[];
  readonly left: () => QueuedRecord[];
  /** Adds those that have begun, by id. */
  readonly add: (begun: ReadonlyMap<string, RunRecord>) => void;
  /** Resolves when another one has begun, or the signal is aborted. */
  readonly next: (signal: AbortSignal) => Promise<void>;
}

/** @param found the runs that had begun before, by name */
export function openBegunRuns(found: ReadonlyMap<string, RunRecord>, queued: readonly QueuedRecord[]): BegunRuns {
  const runs = new Map(found);
  const left = new Map(queued.map((record) => [record.id, record]));
  const heard = new Set<() => void>();
  return {
    names: () => [...runs.keys()],
    begun: () => [...runs.values()],
    left: () => [...left.values()],
    add: (begun) => {
      const before = left.size;
      for (const [id, run] of begun) {
        const record = left.get(id);
        if (record === undefined) continue;
        left.delete(id);
        runs.set(record.step, run);
      }
      if (left.size < before) for (const tell of heard) tell();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const tell = (): void => {
          heard.delete(tell);
          signal.removeEventListener('abort', tell);
          resolve();
        };
        heard.add(tell);
        signal.addEventListener('abort', tell);
        if (signal.aborted) tell();
      }),
  };
}
