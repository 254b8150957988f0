import { presentIn, readOutcome, readQueued } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import type { Context } from '../project/context.ts';
import { endUnbegun } from '../queue/never-begun.ts';
import { viewOfOutcome } from '../runs/outcome-view.ts';
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
    const run = await endUnbegun(entry.dir, record, { by, evidence: 'the queue was cleared' });
    const outcome = run === undefined ? undefined : presentIn(readOutcome(entry.dir, run.id));
    if (run !== undefined && outcome !== undefined)
      ended.push({ ...viewOfOutcome(entry.dir, run, outcome), dir: entry.dir });
  }
  return ended;
}
