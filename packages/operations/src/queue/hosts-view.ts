import type { FleetHost } from '@pm/fleet';
import { presentIn, readQueued } from '@pm/protocol/fs';
import { UNBOUNDED } from '@pm/queue';
import { openEngine } from '../elsewhere/engine-of-queue.ts';
import { lacking } from '../queued/labels.ts';
import type { QueueView } from '../shape/views/queue-view.ts';

/**
 * Adds what is only true of a queue with an engine: where it is, the hosts that work on it, on which of them each run is, and which entries of
 * this directory none of them takes.
 */
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
    waiting: view.waiting.map((entry) => withReason(entry, hosts, dir)),
    hosts: hosts.map(({ name, labels }) => ({ name, ...(labels.length > 0 && { labels: [...labels] }) })),
  };
}

/** What nobody takes does not start soon. Only the records of this directory say what an entry asks for. */
function withReason(
  entry: QueueView['waiting'][number],
  hosts: readonly FleetHost[],
  dir: string,
): QueueView['waiting'][number] {
  const record = entry.dir === dir ? presentIn(readQueued(dir, entry.step)) : undefined;
  const why = whyUnserved(hosts, record?.id === entry.id ? record.asked.labels : undefined);
  if (why === undefined) return entry;
  const { startsAt: _, ...rest } = entry;
  return hosts.length === 0 ? rest : { ...rest, why };
}

/** Why none of the connected workers would take an entry; undefined if one would. @param labels what the entry asks for */
export function whyUnserved(hosts: readonly FleetHost[], labels: readonly string[] = []): string | undefined {
  if (hosts.length === 0) return 'no worker is connected';
  const lacks = hosts.map((host) => lacking(labels, host.labels));
  if (lacks.some((one) => one.length === 0)) return undefined;
  // PostgreSQL does not tell all labels of a worker.
  return `no connected worker says that it has ${labels.join(', ')}`;
}
