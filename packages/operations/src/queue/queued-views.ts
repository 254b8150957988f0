import { presentIn, readQueued } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { findBegun, whyQueuedUnreadable } from '../runs/find-run.ts';
import type { Views } from '../runs/views-of.ts';
import type { RunView } from '../shape/answer.ts';
import { openQueue } from './open-queue.ts';
import { queueFolders } from './queue-names.ts';
import { type ListingHere, listingOf, viewOfQueued } from './queued-view.ts';

/**
 * The views of runs that wait for their turn, those that come next first. Ten thousand may be waiting, so only the beginning of each queue is
 * listed, and at most `limit` records are read.
 * @param steps those that have such a run
 */
export async function viewsOfQueued(
  dir: string,
  steps: readonly string[],
  limit: number,
  context: Pick<Context, 'env'>,
): Promise<Views> {
  const listings = new Map<string, ListingHere>();
  const views: RunView[] = [];
  const malformed: string[] = [];
  const first = await firstInLine(dir, steps, limit, listings, context);
  const done = new Set<string>();
  for (const step of first.concat(steps)) {
    if (views.length >= limit) break;
    if (done.has(step)) continue;
    done.add(step);
    const reading = readQueued(dir, step);
    malformed.push(...[whyQueuedUnreadable(dir, step, reading) ?? []].flat());
    const record = presentIn(reading);
    if (record === undefined || findBegun(dir, record) !== undefined) continue;
    const { folder } = record.queue;
    const known = listings.get(folder);
    const isListed =
      known?.waiting.some(({ id }) => id === record.id) === true || known?.waiting.length === known?.total;
    const listing = known !== undefined && isListed ? known : await listingOf(folder, dir);
    listings.set(folder, listing);
    views.push(await viewOfQueued(dir, record, listing));
  }
  const placeOf = ({ queue }: RunView): number => queue?.place ?? Number.POSITIVE_INFINITY;
  return { runs: views.sort((a, b) => placeOf(a) - placeOf(b)), malformed };
}

/** The steps of this directory that are at the beginning of a queue. If all that wait are shown, their order comes from their places. */
async function firstInLine(
  dir: string,
  steps: readonly string[],
  limit: number,
  listings: Map<string, ListingHere>,
  context: Pick<Context, 'env'>,
): Promise<string[]> {
  if (steps.length <= limit) return [];
  const known = new Set(steps);
  const found: string[] = [];
  for (const folder of queueFolders(dir, context)) {
    const queue = openQueue(folder, dir);
    const listing = await queue.list(limit);
    listings.set(folder, listing);
    for (const ticket of listing.waiting) {
      const entry = await queue.read(ticket);
      if (entry?.dir === dir && known.has(entry.step)) found.push(entry.step);
    }
  }
  return found;
}
