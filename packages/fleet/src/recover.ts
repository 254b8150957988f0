import { FRONT } from '@pm/queue';
import { EngineError } from './engine/engine-error.ts';
import type { EngineSession } from './engine/session.ts';
import { placeOf } from './entry.ts';
import { isRefused, mostClockErrorMs } from './lease.ts';
import { mayBegin } from './waiting.ts';

/**
 * Takes back what nobody holds any longer.
 * @param at where the engine is, for people
 * @returns the ids
 * @throws EngineError if the clock of this host is so wrong that it could take a lease that is held
 */
export async function recover(session: EngineSession, leaseMs: number, at: string): Promise<string[]> {
  await checkClock(session, leaseMs, at);
  const { queue } = session;
  const ids = await queue.getBackend().moveStalledJobsToWait();
  for (const id of ids) {
    const job = await queue.getJob(id);
    if (job === undefined) continue;
    // Redis has put it at the front of all, PostgreSQL at the end of its priority. It had its turn, so it is the first of its priority. One that
    // must not begin again goes to the front, so that the next worker ends it soon.
    const place = mayBegin(job) ? { priority: job.priority, lifo: true } : placeOf(FRONT);
    await job.changePriority(place).catch((error: unknown) => {
      if (!isRefused(error)) throw error; // it was removed meanwhile
    });
  }
  return ids;
}

async function checkClock({ clockAheadMs }: EngineSession, leaseMs: number, at: string): Promise<void> {
  const ahead = (await clockAheadMs?.()) ?? 0;
  if (Math.abs(ahead) <= mostClockErrorMs(leaseMs)) return;
  const seconds = `${Math.abs(ahead / 1_000).toFixed(1)} s ${ahead > 0 ? 'ahead of' : 'behind'}`;
  throw new EngineError(
    'clock',
    `The clock of this host is ${seconds} that of the database at ${at}. Leases are compared with the clocks of the hosts, so set it right (NTP) and start the worker again.`,
  );
}
