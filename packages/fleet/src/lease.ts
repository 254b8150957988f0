import type { Lease } from '@pm/queue';
import { Job, type Queue } from 'bullmq';
import type { EngineSession } from './engine/session.ts';
import { type EntryData, entryOf, type HolderNews, type HolderResult, readData, resultOf } from './entry.ts';
import { pack, unpack } from './payload.ts';

/** The right to run an entry on this host. It is plain data: another process of the host may extend it. */
export interface FleetLease extends Lease {
  /** The number of times that the entry was taken. A later holder has a higher one. */
  readonly turn: number;
  /** Until when nobody else can have it, by the clock of this host: UTC epoch ms. What still runs then must be ended before. */
  readonly heldUntil: number;
  /** What the submitter gave it to run. */
  readonly work: unknown;
  /** Whether it may run a second time after this holder was lost. */
  readonly mayRerun: boolean;
  /** What the submitter has ordered; undefined if nothing. */
  readonly order: unknown;
}

/** Whether a lease was extended. */
export type Renewal =
  | {
      readonly kind: 'held';
      /** As in the lease, later. */
      readonly heldUntil: number;
      /** What the submitter has ordered; undefined if nothing. */
      readonly order: unknown;
    }
  /** Another host may have it: what runs by it must end, and what it says counts no longer. */
  | { readonly kind: 'lost' };

/** How wrong the clock of a host may be where the clocks of the hosts decide, ms. */
export function mostClockErrorMs(leaseMs: number): number {
  return Math.min(2_000, leaseMs / 10);
}

/**
 * Until when a lease is certainly held. Where the clocks of two hosts are compared, both may be wrong.
 * @param askedAt epoch ms, before the engine was asked
 * @returns epoch ms
 */
export function heldUntil(askedAt: number, leaseMs: number, { clockAheadMs }: EngineSession): number {
  return askedAt + leaseMs - (clockAheadMs === undefined ? 0 : 2 * mostClockErrorMs(leaseMs));
}

/** The lease of a job that was just taken; undefined if it is no entry. */
export function leaseOf(job: Job, token: string, until: number): FleetLease | undefined {
  const entry = entryOf(job);
  const data = readData(job);
  if (entry === undefined || data === undefined) return undefined;
  return {
    entry,
    token,
    turn: job.attemptsStarted,
    heldUntil: until,
    work: unpack(data.work),
    mayRerun: data.rerun === true,
    order: unpack(data.order),
  };
}

/** False if the lease is lost. */
export async function extend({ queue }: EngineSession, { entry, token }: Lease, leaseMs: number): Promise<boolean> {
  return (await queue.getBackend().extendLock(entry.id, token, leaseMs)) === 1;
}

/** Says that the command begins now. A holder that died before it did leaves an entry that never began. */
export async function begin(
  session: EngineSession,
  lease: FleetLease,
  leaseMs: number,
  said: HolderNews,
): Promise<Renewal> {
  if (!(await extend(session, lease, leaseMs))) return { kind: 'lost' };
  await session.queue.updateJobProgress(lease.entry.id, said);
  // Between both this process may have been suspended, until after the end of its lease.
  const askedAt = Date.now();
  if (!(await extend(session, lease, leaseMs))) return { kind: 'lost' };
  return { kind: 'held', heldUntil: heldUntil(askedAt, leaseMs, session), order: lease.order };
}

/** Extends a lease, says what is new if there is anything, and reads what the submitter has ordered. */
export async function renew(
  session: EngineSession,
  lease: FleetLease,
  leaseMs: number,
  said?: HolderNews,
): Promise<Renewal> {
  const askedAt = Date.now();
  if (!(await extend(session, lease, leaseMs))) return { kind: 'lost' };
  if (said !== undefined) await session.queue.updateJobProgress(lease.entry.id, said);
  const job = await session.queue.getJob(lease.entry.id);
  const order = job === undefined ? undefined : unpack(readData(job)?.order);
  return { kind: 'held', heldUntil: heldUntil(askedAt, leaseMs, session), order };
}

/** How long BullMQ keeps what has ended, so that submitters can read it: seconds, and how many. */
export const KEPT = { age: 7 * 24 * 3_600, count: 10_000 } as const;

/** False if the lease was lost. */
export async function finish({ queue }: EngineSession, lease: Lease, result: unknown): Promise<boolean> {
  const told: HolderResult = { token: lease.token, result: pack(result) };
  try {
    await jobOf(queue, lease).moveToCompleted(told, lease.token, false);
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    // The answer to an earlier try may have been lost.
    const job = await queue.getJob(lease.entry.id);
    return job?.finishedOn !== undefined && resultOf(job)?.token === lease.token;
  }
}

/**
 * Gives an entry that did not begin back to the queue. BullMQ also moves a job straight to those that wait, but on PostgreSQL it does that
 * for anybody, also for one who has lost the job to another host.
 * @param afterMs so long nobody takes it
 * @returns false if the lease was lost
 */
export async function putBack({ queue }: EngineSession, lease: Lease, afterMs: number): Promise<boolean> {
  try {
    // PostgreSQL refuses a part of a millisecond.
    await jobOf(queue, lease).moveToDelayed(Date.now() + Math.ceil(Math.max(1, afterMs)), lease.token);
    return true;
  } catch (error) {
    if (!isRefused(error)) throw error;
    return false;
  }
}

/** A job as far as it takes to say how it ended. */
function jobOf(queue: Queue, { entry }: Lease): Job {
  const data: EntryData = { v: 1, dir: entry.dir, step: entry.step, project: entry.project };
  return new Job(queue as never, entry.step, data, { removeOnComplete: KEPT, removeOnFail: KEPT }, entry.id);
}

/** BullMQ refuses one who does not hold the job: it is missing, has no lock, is not active, or has the lock of another one. */
export function isRefused(error: unknown): boolean {
  return [-1, -2, -3, -6].includes(Number(Object(error).code));
}
