import { FRONT } from '@pm/queue';
import { EngineError } from './engine/engine-error.ts';
import type { EngineSession } from './engine/session.ts';
import { isSpent, placeOf, readData } from './entry.ts';
import { mostClockErrorMs } from './lease.ts';

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
    const data = job === undefined ? undefined : readData(job);
    // An entry that must not begin again goes to the front, so that the next worker ends it soon.
    if (job !== undefined && data !== undefined && isSpent(job, data)) await job.changePriority(placeOf(FRONT));
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
