import type { QueuedRecord } from '@pm/protocol';
import { addQueued, addWork, removeQueued } from '@pm/protocol/fs';
import type { Queue, QueueSettings } from '@pm/queue';
import { mayBeDone } from '../elsewhere/engine.ts';
import { keepInLine } from './keep-in-line.ts';
import { workOf } from './queue-folder.ts';

/**
 * Records a run that waits, and puts it in line unless it waits for other runs. The record is first: if this process is killed after it,
 * whoever looks next adds the missing entry. If this function throws (a full disk), nothing is left of the run. An engine that did not answer
 * is no reason: it may have the entry, so the run waits here.
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
    const isOut = await queue.cancel(record.id).then(
      () => true,
      () => false,
    );
    // The engine may have the entry. Without the record a second start would run it twice; whoever looks later asks again by the same id.
    if (!isOut && mayBeDone(error)) return true;
    removeQueued(dir, record);
    throw error;
  }
  return true;
}
