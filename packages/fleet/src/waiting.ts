import { admitHere, type Listing } from '@pm/queue';
import type { Queue } from 'bullmq';
import { entryOf } from './entry.ts';
import { readSettings } from './settings.ts';
import { standingOf } from './standing.ts';

/** What was put back for a while is `delayed`. */
const WAITING = ['waiting', 'prioritized', 'delayed'] as const;

export async function isWaiting(queue: Queue, id: string): Promise<boolean> {
  const state = await queue.getJobState(id);
  return WAITING.some((waiting) => waiting === state);
}

export async function countWaiting(queue: Queue): Promise<number> {
  return await queue.getJobCountByTypes(...WAITING);
}

/** Takes out an entry that waits. BullMQ removes every job that nobody holds, also one that has run and ended meanwhile. */
export async function cancel(queue: Queue, id: string): Promise<boolean> {
  if (!(await isWaiting(queue, id))) return false;
  const job = await queue.getJob(id);
  if (job === undefined) return false;
  // Whoever takes it from now on does not begin it, but ends it. If it still waits after that, it never begins.
  await job.updateData({ ...job.data, cancelled: true });
  if (!(await isWaiting(queue, id))) return (await standingOf(queue, id)).kind === 'cancelled';
  await queue.remove(id);
  return true;
}

export async function listOf(queue: Queue, most?: number): Promise<Listing> {
  const settings = await readSettings(queue);
  // What was put to the front, or lost its holder, is read as a whole: of a part of it PostgreSQL gives the last ones.
  const front = most === 0 ? [] : await queue.getJobs('waiting', 0, -1, true);
  const rest = most === undefined ? -1 : most - front.length - 1;
  const others = most !== undefined && rest < 0 ? [] : await queue.getJobs('prioritized', 0, rest, true);
  const isRoom = most === undefined || front.length + others.length < most;
  const later = isRoom ? await queue.getJobs('delayed', 0, -1, true) : [];
  const waiting = [...front, ...others, ...later].flatMap((job) => entryOf(job) ?? []).slice(0, most);
  const running = (await queue.getActive()).flatMap((job) => entryOf(job) ?? []);
  const total = await countWaiting(queue);
  const isNext = total > 0 && running.length < settings.slots && settings.paused !== true;
  const admission = admitHere(settings);
  const lacks = isNext && admission.kind === 'wait' ? { lacks: admission.evidence } : {};
  return { settings, waiting, total, running, newer: 0, ...lacks };
}
