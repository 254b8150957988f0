import { presentIn, readQueued } from '@pm/protocol/fs';
import type { Listing } from '@pm/queue';
import { findBegun, whyQueuedUnreadable } from '../runs/find-run.ts';
import type { Views } from '../runs/views-of.ts';
import type { RunView } from '../shape/answer.ts';
import { openQueue } from './queue-folder.ts';
import { viewOfQueued } from './queued-view.ts';

/** The views of runs that wait for their turn, those that come next first. Each queue is read once, and at most `limit` records. */
export async function viewsOfQueued(dir: string, steps: readonly string[], limit: number): Promise<Views> {
  const listings = new Map<string, Listing>();
  const views: RunView[] = [];
  const malformed: string[] = [];
  for (const step of steps) {
    if (views.length >= limit) break;
    const reading = readQueued(dir, step);
    malformed.push(...[whyQueuedUnreadable(dir, step, reading) ?? []].flat());
    const record = presentIn(reading);
    if (record === undefined || findBegun(dir, record) !== undefined) continue;
    const { folder } = record.queue;
    const listing = listings.get(folder) ?? (await openQueue(folder).list());
    listings.set(folder, listing);
    views.push(await viewOfQueued(dir, record, listing));
  }
  const placeOf = ({ queue }: RunView): number => queue?.place ?? Number.POSITIVE_INFINITY;
  return { runs: views.sort((a, b) => placeOf(a) - placeOf(b)), malformed };
}
