import type { QueuedRecord } from '@pm/protocol';
import { addQueued, addWork, removeQueued } from '@pm/protocol/fs';
import type { Queue, QueueSettings } from '@pm/queue';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { isNoted } from '../elsewhere/entries.ts';
import { keepInLine } from './keep-in-line.ts';
import { workOf } from './queue-folder.ts';

/**
 * Records a run that waits, and puts it in line unless it waits for other runs. The record is first: if this process is killed after it,
 * whoever looks next adds the missing entry. If this function throws (a full disk), nothing is left of the run. An engine that was asked and gave
 * no answer may have the entry, so that is no error: the run waits, and whoever looks next asks again.
 * @param settings what the configuration says about the queue
 * @returns false if another run of the step waits already
 */
export async function putInLine(
  dir: string,
  record: QueuedRecord,
  queue: Queue,
  settings: Partial<QueueSettings> = {},
): Promise<boolean> {
  if (!addQueued(dir, record)) return false;
  const { folder } = record.queue;
  try {
    if (Object.keys(settings).length > 0) await queue.configure(settings);
    addWork(dir, workOf(folder), folder);
    await keepInLine(dir, record, queue);
  } catch (error) {
    if (isNoted(dir, record.id)) return true; // its engine may have it
    if (engineQueueIn(folder) === undefined) await queue.cancel(record.id).catch(() => false);
    removeQueued(dir, record);
    throw error;
  }
  return true;
}
