import { UNBOUNDED } from '@pm/queue';
import type { QueueView } from '../shape/views/queue-view.ts';
import { openEngine } from './engine-of-queue.ts';

/** Adds what is only true of a queue with an engine: where it is, the hosts that work on it, and on which of them each run is. */
export async function withHosts(view: QueueView, dir: string): Promise<QueueView> {
  const fleet = await openEngine(view.name, dir);
  const hosts = await fleet.hosts();
  const running = await Promise.all(
    view.running.map(async (entry) => {
      const standing = await fleet.standing(entry.id);
      return standing.kind === 'running' && standing.host !== undefined ? { ...entry, host: standing.host } : entry;
    }),
  );
  return {
    ...view,
    engine: fleet.at,
    ...(view.slots >= UNBOUNDED && { unbounded: true as const }),
    running,
    hosts: hosts.map(({ name, labels }) => ({ name, ...(labels.length > 0 && { labels: [...labels] }) })),
  };
}
