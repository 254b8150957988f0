import type { QueuedRecord } from '@pm/protocol';
import { addQueued, addWork, removeQueued } from '@pm/protocol/fs';
import type { Queue, QueueSettings } from '@pm/queue';
import { keepInLine } from './keep-in-line.ts';
import { workOf } from './queue-folder.ts';

/**
 * Records a run that waits, and puts it in line unless it waits for other runs. The record is first: if this process is killed after it,
 * whoever looks next adds the missing entry. If this function throws (a full disk), nothing is left of the run.
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
    await queue.cancel(record.id).catch(() => false);
    removeQueued(dir, record);
    throw error;
  }
  return true;
}
