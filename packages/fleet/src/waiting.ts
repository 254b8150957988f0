import { admitHere, FRONT, type ListedTicket, type Listing } from '@pm/queue';
import type { Job, Queue } from 'bullmq';
import { dataOf, entryOf, type FleetEntry, isCancelled, isSpent, newsOf, placeOf, readData } from './entry.ts';
import { isRefused, KEPT } from './lease.ts';
import { readSettings } from './settings.ts';
import { standingOf } from './standing.ts';

/** What was put back for a while is `delayed`. */
const WAITING = ['waiting', 'prioritized', 'delayed'] as const;

/** The job of an entry that waits and was not cancelled; undefined if there is none. */
export async function waitingJob(queue: Queue, id: string): Promise<Job | undefined> {
  if (!(await waits(queue, id))) return undefined;
  const job = await queue.getJob(id);
  return job === undefined || isCancelled(job) ? undefined : job;
}

async function waits(queue: Queue, id: string): Promise<boolean> {
  const state = await queue.getJobState(id);
  return WAITING.some((waiting) => waiting === state);
}

/** Those that were cancelled and not removed yet are counted as well. */
export async function countWaiting(queue: Queue): Promise<number> {
  return await queue.getJobCountByTypes(...WAITING);
}

/**
 * Takes out an entry that waits. It is only marked, so that its submitter reads from the engine that it never began: others may cancel it. Whoever
 * takes it from now on does not begin it, but ends it. One that waits again because its holder was lost has begun: its end is ordered instead.
 * @returns false if it does not wait, or has begun
 */
export async function cancel(queue: Queue, id: string): Promise<boolean> {
  const job = await waitingJob(queue, id);
  if (job === undefined || newsOf(job) !== undefined) return false;
  await job.updateData({ ...job.data, cancelled: true });
  // If it still waits after that, it never begins.
  if (!(await waits(queue, id))) return (await standingOf(queue, id)).kind === 'cancelled';
  // At the front `listOf` sees it, and the next worker ends it. It may have done so already.
  await job.changePriority(placeOf(FRONT)).catch((error: unknown) => {
    if (!isRefused(error)) throw error;
  });
  return true;
}

/** Removes an entry that was cancelled and still waits. BullMQ removes every job that nobody holds, also one that has run and ended meanwhile. */
export async function removeCancelled(queue: Queue, id: string): Promise<void> {
  const job = await queue.getJob(id);
  if (job !== undefined && isCancelled(job) && (await waits(queue, id))) await queue.remove(id);
}

// Why: contributing/decisions/2026-11-29-an-unanswered-start-waits.md
/** Adds an entry. Nothing changes if its id is there already, also if it has ended. */
export async function add(queue: Queue, entry: FleetEntry, state: 'waits' | 'cancelled' = 'waits'): Promise<void> {
  const data = { ...dataOf(entry), ...(state === 'cancelled' && { cancelled: true }) };
  await queue.add(entry.step, data, {
    jobId: entry.id,
    ...placeOf(entry.priority),
    removeOnComplete: KEPT,
    removeOnFail: KEPT,
  });
}

/** Takes out an entry that may be there, or may come later. It stays, as one that whoever takes it ends: a later one with its id is not added. */
export async function withdraw(queue: Queue, entry: FleetEntry): Promise<boolean> {
  await add(queue, { ...entry, priority: FRONT }, 'cancelled');
  return (await cancel(queue, entry.id)) || (await standingOf(queue, entry.id)).kind === 'cancelled';
}

/** Of so many that wait, more is read than the id: PostgreSQL is asked for each one. */
const DETAILED = 30;

/** What waits and what runs, in order. @param most so many waiting entries are enough */
export async function listOf(queue: Queue, most?: number): Promise<Listing> {
  const settings = await readSettings(queue);
  // The list `waiting` is read as a whole: asked for a part, PostgreSQL returns its end. What never begins is in it, or in `delayed`.
  const first = await queue.getJobs('waiting', 0, -1, true);
  const later = await queue.getJobs('delayed', 0, -1, true);
  const front = first.filter(mayBegin);
  const delayed = later.filter(mayBegin);
  const rest = most === undefined ? -1 : most - front.length - 1;
  const others = most !== undefined && rest < 0 ? [] : await queue.getRanges(['prioritized'], 0, rest, true);
  const running = (await queue.getActive()).flatMap((job) => entryOf(job) ?? []);
  // One that was taken meanwhile is in both.
  const taken = new Set(running.map(({ id }) => id));
  const near = await Promise.all(others.slice(0, DETAILED).map(async (id) => await queue.getJob(id)));
  const waiting: ListedTicket[] = [
    ...[...front, ...near].flatMap((job) => (job && entryOf(job)) ?? []),
    ...others.slice(DETAILED).map((id) => ({ id })),
    ...delayed.flatMap((job) => entryOf(job) ?? []),
  ].filter(({ id }) => !taken.has(id));
  const over = first.length + later.length - front.length - delayed.length;
  const total = Math.max(0, (await countWaiting(queue)) - over);
  const isNext = total > 0 && running.length < settings.slots && settings.paused !== true;
  const admission = admitHere(settings);
  const lacks = isNext && admission.kind === 'wait' ? { lacks: admission.evidence } : {};
  return { settings, waiting: waiting.slice(0, most), total, running, newer: 0, ...lacks };
}

/** Whether a worker may still begin an entry: it was not taken out, and no holder was lost after it had begun. The next worker ends what never begins. */
export function mayBegin(job: Job): boolean {
  const data = readData(job);
  return data !== undefined && !isCancelled(job) && !isSpent(job, data);
}
