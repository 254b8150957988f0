import { presentIn, readOutcome, readRunRecord } from '@pm/protocol/fs';
import { expectedStarts, FRONT, type Listing, type Queue, type QueueEntry } from '@pm/queue';
import type { QueueView } from '../shape/views/queue-view.ts';
import { usualMs } from '../usage/usual-duration.ts';

/** The view of a queue. Of those that wait, the first `limit` are read. */
export async function viewOfQueue(
  { name, folder }: { readonly name: string; readonly folder: string },
  queue: Queue,
  limit: number,
): Promise<QueueView> {
  const list = await queue.list(limit);
  const { settings, running, waiting, total, newer } = list;
  const { slots, paused, freeMemoryBytes, maxLoad } = settings;
  const read = await Promise.all(waiting.map((ticket) => queue.read(ticket)));
  const entries = read.flatMap((entry) => entry ?? []);
  const starts = paused === true || list.lacks !== undefined ? [] : startsOf(list, entries);
  const now = Date.now();
  return {
    name,
    folder,
    slots,
    ...(paused === true && { paused }),
    ...(freeMemoryBytes !== undefined && { freeMemoryBytes }),
    ...(maxLoad !== undefined && { maxLoad }),
    ...(list.lacks !== undefined && { why: list.lacks }),
    running: running.map(({ step, id, dir }) => ({ step, id, dir })),
    waiting: entries.map(({ step, id, dir, priority }, i) => {
      const startsIn = starts[i];
      return {
        step,
        id,
        dir,
        place: i + 1,
        ...(priority !== 0 && priority < FRONT && { priority }),
        ...(startsIn !== undefined && { startsAt: Math.round(now + startsIn) }),
      };
    }),
    total,
    ...(newer > 0 && { newer }),
  };
}

function startsOf({ running, settings }: Listing, entries: readonly QueueEntry[]): (number | undefined)[] {
  const remaining = running.map((entry) => {
    const usual = usualMs(entry.dir, entry.step);
    return usual === undefined ? undefined : Math.max(usual - sinceStartMs(entry), 0);
  });
  return expectedStarts(
    remaining,
    entries.map(({ dir, step }) => usualMs(dir, step)),
    settings.slots,
  );
}

function sinceStartMs({ dir, id }: QueueEntry): number {
  const run = presentIn(readRunRecord(dir, id));
  const ended = presentIn(readOutcome(dir, id));
  return run === undefined || ended !== undefined ? 0 : Date.now() - run.createdAt;
}
