import { randomUUID } from 'node:crypto';
import { admitHere } from '@pm/queue';
import { Job, type JobJson, UnrecoverableError } from 'bullmq';
import type { EngineSession } from './engine/session.ts';
import { isCancelled, isSpent, readData } from './entry.ts';
import { type FleetLease, heldUntil, isRefused, leaseOf } from './lease.ts';
import type { FleetTurn } from './port.ts';
import { readSettings } from './settings.ts';
import { LEASE_LOST } from './standing.ts';
import { countWaiting } from './waiting.ts';

/** Takes the entry whose turn it is, or says why none has its turn. @param host who is said to hold it @throws what the client throws */
export async function next(session: EngineSession, host: string, leaseMs: number): Promise<FleetTurn> {
  const { queue } = session;
  const settings = await readSettings(queue);
  const admission = admitHere(settings);
  const lease = admission.kind === 'admitted' ? await take(session, host, leaseMs) : undefined;
  if (lease !== undefined) return { kind: 'lease', lease };
  if ((await countWaiting(queue)) === 0) return { kind: 'none', why: 'empty' };
  if (settings.paused === true) return { kind: 'none', why: 'paused' };
  const isFull = (await queue.getActiveCount()) >= settings.slots;
  if (!isFull && admission.kind === 'wait') return { kind: 'none', why: 'machine', evidence: admission.evidence };
  return { kind: 'none', why: isFull ? 'full' : 'empty' };
}

/** Takes entries until one may begin here. Those that must not begin are ended. */
async function take(session: EngineSession, host: string, leaseMs: number): Promise<FleetLease | undefined> {
  const { queue } = session;
  for (;;) {
    const token = randomUUID();
    const askedAt = Date.now();
    const [json, id] = (await queue.getBackend().moveToActive(token, host)) as [JobJson | null, string];
    if (!json) return undefined;
    const job = Job.fromJSON(queue as never, json, id);
    const refused = whyNotBegin(job);
    const lease = leaseOf(job, token, heldUntil(askedAt, leaseMs, session));
    if (refused === undefined && lease !== undefined) return lease;
    await end(job, token, refused ?? NO_ENTRY);
  }
}

/** Ends what must not begin. The submitter may have removed it meanwhile, if it was cancelled: PostgreSQL lets it remove what is being taken. */
async function end(job: Job, token: string, why: string): Promise<void> {
  try {
    if (why === CANCELLED) await job.moveToCompleted({ token, cancelled: true }, token, false);
    else await job.moveToFailed(withoutStack(why), token, false);
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
}

const CANCELLED = 'cancelled';
const NO_ENTRY = 'its data is no entry of Process Monitor';

/** Why a job that was just taken must not begin. */
function whyNotBegin(job: Job): string | undefined {
  const data = readData(job);
  if (data === undefined) return NO_ENTRY;
  if (isCancelled(job)) return CANCELLED;
  return isSpent(job, data) ? LEASE_LOST : undefined;
}

/** BullMQ keeps the stack of an error, which tells where this program is installed. */
function withoutStack(message: string): Error {
  const error = new UnrecoverableError(message);
  error.stack = message;
  return error;
}
