import type { QueuedRecord } from '@pm/protocol';
import { presentIn, readQueued } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import { isNoted } from '../../elsewhere/entries.ts';
import { endUnbegun } from '../../queued/never-begun.ts';

/**
 * Ends the jobs whose commands have not begun, also one that is not in line because it could not start at its turn. One whose step has another
 * live run cannot be ended yet: call again.
 */
export async function cancelWaiting(
  dir: string,
  queue: Queue,
  jobs: Iterable<Pick<QueuedRecord, 'id' | 'step'>>,
  by: string,
): Promise<void> {
  for (const { id, step } of jobs) {
    const isOut = await queue.cancel(id);
    if (!isOut && isNoted(dir, id)) continue; // a worker of its engine has it
    const record = presentIn(readQueued(dir, step));
    if (record?.id === id)
      await endUnbegun(dir, record, { by, evidence: 'the batch was stopped after failures in a row' });
  }
}
