import { presentIn, readQueued } from '@pm/protocol/fs';
import type { Lease, NextTurn, Queue } from '@pm/queue';
import type { Context } from '../project/context.ts';
import { postpone } from '../queue/keep-in-line.ts';
import { startTurn } from './start-turn.ts';

/**
 * Starts every entry whose turn it is. Any number of processes may do so at once. One that cannot be started now, most often because the
 * disk of its project is full, gives its slot back and does not hold up the others: its own project puts it in line again.
 * @returns why nothing more was started
 */
export async function dispatch(queue: Queue, context: Context): Promise<Exclude<NextTurn, { kind: 'lease' }>> {
  for (;;) {
    const none = await dispatchOne(queue, context);
    if (none !== undefined) return none;
  }
}

/**
 * Starts the entry whose turn it is. For callers that have to answer: of many short runs, one is always due.
 * @returns why nothing was started; undefined if something was
 */
export async function dispatchOne(
  queue: Queue,
  context: Context,
): Promise<Exclude<NextTurn, { kind: 'lease' }> | undefined> {
  const next = await queue.next();
  if (next.kind === 'none') return next;
  await startLease(queue, next.lease, context);
  return undefined;
}

/** Starts one entry, or gives its slot back. One that cannot start yet is put in line again by `keepInLine`. */
async function startLease(queue: Queue, lease: Lease, context: Context): Promise<void> {
  const { dir, id } = lease.entry;
  const result = await started(queue, lease, context).catch(() => 'later'); // a mistake in another project does not end this process
  if (result === 'later') postpone(id);
  if (result !== 'started') return queue.finish(lease);
  const { ensureResident } = await import('../runs/ensure-resident.ts');
  ensureResident(dir, context);
}

/** @returns `gone` if the run waits no longer, or if another process has the lease */
async function started(
  queue: Queue,
  lease: Lease,
  context: Context,
): Promise<Awaited<ReturnType<typeof startTurn>> | 'gone'> {
  const { dir, step, id } = lease.entry;
  const record = presentIn(readQueued(dir, step));
  return record?.id === id && (await queue.extend(lease)) ? startTurn(dir, record, context) : 'gone';
}
