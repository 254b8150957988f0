import { PmError, type QueuedRecord } from '@pm/protocol';
import { presentIn, readOutcome } from '@pm/protocol/fs';
import { isNoted } from '../elsewhere/entries.ts';
import type { Context } from '../project/context.ts';
import { endUnbegun } from '../queued/never-begun.ts';
import { findQueued } from '../runs/find-run.ts';
import { viewOfOutcome } from '../runs/outcome-view.ts';
import type { RunView } from '../shape/answer.ts';
import { openQueue } from './open-queue.ts';

/**
 * Ends a run that waits for its turn. Its command never begins.
 * @returns its view; undefined if no run waits under this name, or if it has just begun
 */
export async function stopQueued(
  dir: string,
  name: string,
  evidence: string,
  context: Context,
): Promise<RunView | undefined> {
  const record = findQueued(dir, name);
  if (record === undefined) return undefined;
  const isOut = await takenOut(dir, record);
  if (!isOut && isNoted(dir, record.id)) {
    await (await import('../elsewhere/orders.ts')).stopTaken(dir, record, evidence, context);
    return undefined;
  }
  return endedView(dir, record, { by: `${context.caller ?? 'pm'} stop ${process.pid}`, evidence });
}

/** @throws PmError `engine-unavailable`, which says that the run may still start */
async function takenOut(dir: string, { id, step, queue }: QueuedRecord): Promise<boolean> {
  try {
    return await openQueue(queue.folder, dir).cancel(id);
  } catch (error) {
    if (!(error instanceof PmError) || error.code !== 'engine-unavailable') throw error;
    const message = `${step} is not stopped and may still start: ${error.message}`;
    throw new PmError(error.code, message, `pm stop ${step}`, { cause: error });
  }
}

/** Ends a run that is out of its queue. @returns its view; undefined if it has just begun */
export async function endedView(
  dir: string,
  record: QueuedRecord,
  order: { readonly by: string; readonly evidence: string },
): Promise<RunView | undefined> {
  const run = await endUnbegun(dir, record, order);
  const outcome = run === undefined ? undefined : presentIn(readOutcome(dir, run.id));
  return run === undefined || outcome === undefined ? undefined : viewOfOutcome(dir, run, outcome);
}
