import { dirname } from 'node:path';
import type { FleetQueue } from '@pm/fleet';
import { presentIn, readQueued } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import { configFileOf, readConfig } from '../config/read-config.ts';
import { openEngine } from './engine.ts';
import { isNoted, noteEntry } from './entries.ts';
import { travelling } from './travelling.ts';

// Why: contributing/decisions/2026-11-29-a-worker-holds-by-evidence.md
/**
 * A queue that an engine keeps, for those who add entries to it. It never gives a turn: workers take what waits. What is added is what the
 * record of the run says that waits in the directory.
 */
export function openElsewhereQueue(queue: string, dir: string): Queue {
  const ask = async <T>(order: (fleet: FleetQueue) => Promise<T>): Promise<T> => order(await openEngine(queue, dir));
  return {
    enqueue: async (entry) => {
      const record = presentIn(readQueued(entry.dir, entry.step));
      // It waits no longer, or the engine has it: what the engine does not list any more has ended there, perhaps long ago.
      if (record?.id !== entry.id || isNoted(entry.dir, entry.id)) return;
      const [config, { workOfRecord }, { unpackEnv }] = await Promise.all([
        readConfig(entry.dir),
        import('./work.ts'),
        import('../queued/queued-call.ts'),
      ]);
      const env = travelling(unpackEnv(record.env), config?.queues?.[queue]);
      const work = workOfRecord(record, dirname(configFileOf(entry.dir)), env);
      await ask((fleet) => fleet.enqueue({ ...entry, work, ...(record.asked.rerun === true && { rerun: true }) }));
      noteEntry(entry.dir, record);
    },
    next: async () => ({ kind: 'none', why: 'full' }),
    extend: async () => false,
    finish: async () => false,
    cancel: (id) => ask((fleet) => fleet.cancel(id)),
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
