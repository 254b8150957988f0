import type { Job, Queue } from 'bullmq';
import { isCancelled, isSpent, newsOf, plainText, readData, resultOf } from './entry.ts';
import { unpack } from './payload.ts';

/** How an entry stands, for whoever added it. */
export type EntryStanding =
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'running';
      /** The host that runs it, if it has said so. */
      readonly host: string | undefined;
      readonly turn: number;
      /** True once its command begins. */
      readonly hasBegun: boolean;
      /** What the holder said last; undefined if nothing. */
      readonly news: unknown;
    }
  | { readonly kind: 'ended'; readonly host: string | undefined; readonly result: unknown }
  /** It was taken out before it began. */
  | { readonly kind: 'cancelled' }
  /** Its holder could not extend its lease after it had begun, and it may not run twice. Nobody will start it. */
  | { readonly kind: 'lost'; readonly host: string | undefined; readonly why: string }
  /** The engine knows nothing of it: it was never added, was taken out, or ended long ago. */
  | { readonly kind: 'unknown' };

/** Why an entry is lost. */
export const LEASE_LOST = 'lease-lost';

/** The state is read after the data: an entry that waits although it had begun has lost its holder. */
export async function standingOf(queue: Queue, id: string): Promise<EntryStanding> {
  const job = await queue.getJob(id);
  if (job === undefined) return { kind: 'unknown' };
  if (job.finishedOn !== undefined) return endOf(job);
  const state = await queue.getJobState(id);
  if (state === 'completed' || state === 'failed') return endOf((await queue.getJob(id)) ?? job);
  if (state === 'unknown') return { kind: 'unknown' };
  const said = newsOf(job);
  const data = readData(job);
  if (state !== 'active' && isCancelled(job)) return { kind: 'cancelled' };
  if (state !== 'active')
    return data !== undefined && isSpent(job, data)
      ? { kind: 'lost', host: plainText(said?.host), why: LEASE_LOST }
      : { kind: 'waiting' };
  const turn = job.attemptsStarted;
  const news = said?.turn === turn ? unpack(said.news) : undefined;
  return { kind: 'running', host: plainText(job.processedBy), turn, hasBegun: said !== undefined, news };
}

/** How many of the entries that have ended are named, of those that were lost and of the others. */
const MOST_ENDED = 200;

/** The ids of the entries that are held, and of those that ended last. To ask so costs the same however many wait. */
export async function inMotion(queue: Queue): Promise<ReadonlySet<string>> {
  // An entry that ends between the two questions is in the answer to the second one.
  const held = await queue.getRanges(['active'], 0, -1);
  const ended = await queue.getRanges(['completed', 'failed'], 0, MOST_ENDED - 1);
  return new Set([...held, ...ended]);
}

function endOf(job: Job): EntryStanding {
  const told = resultOf(job);
  const host = plainText(job.processedBy);
  if (told?.cancelled === true) return { kind: 'cancelled' };
  if (told !== undefined) return { kind: 'ended', host, result: unpack(told.result) };
  const why = plainText(job.failedReason, 4_096) ?? 'failed without a reason';
  return { kind: 'lost', host: plainText(newsOf(job)?.host) ?? host, why };
}
