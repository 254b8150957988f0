import { presentIn, readQueued } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import type { Context } from '../project/context.ts';
import { endedView } from '../queue/stop-queued.ts';
import type { RunView } from '../shape/answer.ts';

/** Ends everything that waits in a queue, in all projects. @returns their views */
export async function clearQueue(queue: Queue, context: Context): Promise<RunView[]> {
  const { waiting } = await queue.list();
  const by = `${context.caller ?? 'pm'} queue ${process.pid}`;
  const ended: RunView[] = [];
  for (const ticket of waiting) {
    const entry = await queue.read(ticket);
    if (entry === undefined || !(await queue.cancel(ticket.id))) continue;
    const record = presentIn(readQueued(entry.dir, entry.step));
    if (record?.id !== ticket.id) continue;
    const view = await endedView(entry.dir, record, { by, evidence: 'the queue was cleared' });
    if (view !== undefined) ended.push({ ...view, dir: entry.dir });
  }
  return ended;
}
