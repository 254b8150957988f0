import type { FleetQueue } from '@pm/fleet';
import type { Queue } from '@pm/queue';
import { openEngine } from './engine-of-queue.ts';
import { isNoted, offeredEntry } from './entries.ts';

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
/**
 * A queue that an engine keeps, for those who add entries to it. It never gives a turn: workers take what waits. What is added is what the
 * record of the run says that waits in the directory.
 */
export function openElsewhereQueue(queue: string, dir: string): Queue {
  const ask = async <T>(order: (fleet: FleetQueue) => Promise<T>): Promise<T> => order(await openEngine(queue, dir));
  return {
    enqueue: async (entry) => {
      // What the engine does not list any more has ended there, perhaps long ago. Where it is in doubt, `fetchNews` asks.
      if (isNoted(entry.dir, entry.id)) return;
      await (await import('./give-entry.ts')).giveEntry(entry, queue, () => openEngine(queue, dir));
    },
    next: async () => ({ kind: 'none', why: 'full' }),
    extend: async () => false,
    finish: async () => false,
    putBack: async () => false,
    cancel: (id) =>
      ask((fleet) => {
        const inDoubt = offeredEntry(dir, id);
        if (inDoubt?.offer === undefined) return fleet.cancel(id);
        const { step, offer } = inDoubt;
        return fleet.withdraw({ id, dir, step, project: offer.project, priority: 0 });
      }),
    move: (id, priority) => ask((fleet) => fleet.move(id, priority)),
    list: (most) => ask((fleet) => fleet.list(most)),
    read: (ticket) => ask((fleet) => fleet.read(ticket)),
    configure: (patch) => ask((fleet) => fleet.configure(patch)),
    subscribe: (onChange) => {
      let isOver = false;
      let close = (): void => {};
      // Without an engine there is nothing to hear; whoever listens also looks from time to time.
      openEngine(queue, dir).then(
        (fleet) => {
          if (!isOver) close = fleet.subscribe(onChange);
        },
        () => {},
      );
      return () => {
        isOver = true;
        close();
      };
    },
  };
}
