import type { Context } from '@pm/operations';
import type { TopEvent } from '../state/on-event.ts';
import { ask } from './ask.ts';

/** How often the use of CPU and memory is asked for. Milliseconds. */
const EVERY_MS = 1_000;
const MOST = 1_000;

/** All runs of the user, or those of one directory, and whatever changes, until the signal aborts. */
export async function* feed(dir: string | undefined, context: Context): AsyncGenerator<TopEvent, void, void> {
  const place = dir === undefined ? { everywhere: true } : { dir };
  while (!context.signal.aborted) {
    const { runs, total = runs.length } = await ask('ls', { ...place, limit: MOST }, context);
    const placed = dir === undefined ? runs : runs.map((run) => ({ dir, ...run }));
    yield { type: 'all', at: Date.now(), runs: placed, total, queues: [], breakers: [] };
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
