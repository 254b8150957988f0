import { runPaths } from '@pm/protocol';
import { presentIn, readQueued, statOf } from '@pm/protocol/fs';
import type { Lease, NextTurn, Queue } from '@pm/queue';
import type { Context } from '../project/context.ts';
import { postpone } from '../queue/keep-in-line.ts';
import { beginTurn, type StartOfTurn } from './start-turn.ts';

/** Why nothing more was started, and the starts that were begun: their commands begin in a moment. */
export interface Dispatched {
  readonly none: Exclude<NextTurn, { kind: 'lease' }>;
  readonly launches: readonly Promise<void>[];
}

/**
 * Starts every entry whose turn it is. Any number of processes may do so at once. One that cannot be started now, most often because the
 * disk of its project is full, gives its slot back and does not hold up the others: its own project puts it in line again, at its place.
 * @returns why nothing more was started
 */
export async function dispatch(queue: Queue, context: Context): Promise<Dispatched['none']> {
  const { none, launches } = await beginDispatch(queue, context);
  await Promise.all(launches);
  return none;
}

/**
 * As `dispatch`, but does not wait until the commands have begun. Those of several slots then begin at the same time.
 * @param beforeEach called when an entry has its slot. One that it ends is not started
 */
export async function beginDispatch(
  queue: Queue,
  context: Context,
  beforeEach?: () => Promise<void>,
): Promise<Dispatched> {
  const launches: Promise<void>[] = [];
  for (;;) {
    const next = await queue.next();
    if (next.kind === 'none') return { none: next, launches };
    await beforeEach?.();
    launches.push((await beginLease(queue, next.lease, context)).launch);
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
  await (await beginLease(queue, next.lease, context)).launch;
  return undefined;
}

/**
 * Begins one entry, or gives its slot back. One that cannot start yet is put in line again by `keepInLine`.
 * Checks and bounds are asked here, so the next entry is begun only when this one counts as live.
 * @returns what ends when its command has begun. It rejects only if its slot cannot be given back
 */
async function beginLease(queue: Queue, lease: Lease, context: Context): Promise<{ readonly launch: Promise<void> }> {
  const { dir, id } = lease.entry;
  const settle = async (result: StartOfTurn | 'gone'): Promise<void> => {
    if (result !== 'started' && !hasWrapperBegun(dir, id)) {
      if (result === 'later') postpone(id);
      await (result === 'later' ? queue.putBack(lease) : queue.finish(lease));
      return;
    }
    const { ensureResident } = await import('../runs/ensure-resident.ts');
    ensureResident(dir, context);
  };
  // A mistake in another project does not end this process.
  const begun = await begin(queue, lease, context).catch(() => ({ launch: Promise.resolve('later' as const) }));
  const launch = begun.launch.catch(() => 'later' as const).then(settle);
  launch.catch(() => {}); // whoever waits for it is told, perhaps later
  return { launch };
}

/**
 * Whether a wrapper of the run has begun: one that a process has launched which was suspended meanwhile, or one whose launch seemed to fail.
 * Then the run holds its slot until there is evidence of its end.
 */
function hasWrapperBegun(dir: string, id: string): boolean {
  return statOf(runPaths(dir, id).gate)?.size === 0;
}

/** @returns `gone` if the run waits no longer, or if another process has the lease */
async function begin(
  queue: Queue,
  lease: Lease,
  context: Context,
): Promise<{ readonly launch: Promise<StartOfTurn | 'gone'> }> {
  const { dir, step, id } = lease.entry;
  const record = presentIn(readQueued(dir, step));
  const isMine = record?.id === id && (await queue.extend(lease));
  return isMine ? beginTurn(dir, record, context) : { launch: Promise.resolve('gone') };
}
