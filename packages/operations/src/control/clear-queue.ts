import { presentIn, queuedSteps, readQueued } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import { directoriesWithin } from '../admit/runs-within-bounds.ts';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { idsInLine } from '../queue/keep-in-line.ts';
import { endedView } from '../queue/stop-queued.ts';
import { findQueued } from '../runs/find-run.ts';
import type { RunView } from '../shape/answer.ts';

/** What clearing a queue has done. */
export interface Cleared {
  readonly ended: readonly RunView[];
  /** How many had begun and wait again, because their workers were lost. The next worker ends them. */
  readonly ordered: number;
}

/**
 * Ends everything that waits in a queue, in all projects: also what is not in line, because it waits for other runs or could not start at
 * its turn.
 * @param folder of the queue, as on record
 * @param here the directory of runs of the call
 */
export async function clearQueue(queue: Queue, folder: string, here: string, context: Context): Promise<Cleared> {
  const order = { by: `${context.caller ?? 'pm'} queue ${process.pid}`, evidence: 'the queue was cleared' };
  const ended: RunView[] = [];
  let ordered = 0;
  const engine = engineQueueIn(folder);
  const isElsewhere = engine !== undefined;
  const inLine = await idsInLine(here, folder, queue);
  // These first, or some would end because a run that they wait for is cancelled below. The engine of a queue is that of this project alone.
  for (const dir of isElsewhere ? [here] : directoriesOf(here, context))
    for (const step of queuedSteps(dir)) {
      const record = findQueued(dir, step);
      if (record?.queue.folder !== folder || inLine.has(record.id)) continue;
      if (!isElsewhere) await queue.cancel(record.id); // it may be put in line just now
      const view = await endedView(dir, record, order);
      if (view !== undefined) ended.push({ ...view, dir });
    }
  const { waiting } = await queue.list();
  for (const ticket of waiting) {
    const entry = await queue.read(ticket);
    if (entry === undefined) continue;
    if (!(await queue.cancel(ticket.id))) {
      if (engine === undefined) continue;
      const { stopWaitingAgain } = await import('../elsewhere/orders.ts');
      if (await stopWaitingAgain(here, engine, ticket.id, order)) ordered += 1;
      continue;
    }
    const record = presentIn(readQueued(entry.dir, entry.step));
    if (record?.id !== ticket.id) continue;
    const view = await endedView(entry.dir, record, order);
    if (view !== undefined) ended.push({ ...view, dir: entry.dir });
  }
  return { ended, ordered };
}

/** The directories of the user within the bounds of the caller. */
function directoriesOf(here: string, { env, bounds }: Context): string[] {
  return bounds === undefined ? everyDirectory(here, env).dirs : directoriesWithin(here, env, bounds);
}
