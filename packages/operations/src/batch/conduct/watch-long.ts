import { watch } from '@pm/monitor';
import type { RunRecord } from '@pm/protocol';

/** How often to look for runs that take long. */
const EVERY_MS = 2_000;

/**
 * Judges runs that take long, as every wait does. Their endings are heard as those of all.
 * @param find the runs that take long now
 */
export function watchLong(dir: string, by: string, find: () => RunRecord[]): { end: () => void } {
  const ending = new AbortController();
  const known = new Set<string>();
  const discover = (): RunRecord[] => {
    const found = find().filter(({ id }) => !known.has(id));
    for (const { id } of found) known.add(id);
    return found;
  };
  let isBusy = false;
  const timer = setInterval(() => {
    const runs = isBusy ? [] : discover();
    if (runs.length === 0) return;
    isBusy = true;
    void drain(watch(dir, runs, { signal: ending.signal, by, discover })).finally(() => {
      isBusy = false;
    });
  }, EVERY_MS);
  return {
    end: () => {
      clearInterval(timer);
      ending.abort();
    },
  };
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _ of events);
  } catch {
    // The records were deleted meanwhile: `collect` notices it.
  }
}
