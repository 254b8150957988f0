import type { Listener, PortHolder } from '@pm/process';
import type { HolderView } from '../shape/views/holder-view.ts';
import type { ListeningRun, PortLook } from './look-at-port.ts';

/** Who listens on a port: one view for each run, for each other server, and for each user whose processes cannot be named. */
export function holderViews(port: number, { listeners, runs }: PortLook): HolderView[] {
  const ofRuns = runs.map(({ dir, run, holders }) => {
    const { step, id, cwd, owner } = run;
    const { session, agent } = owner;
    return {
      port,
      addresses: addressesOf(listeners, holders),
      ...named(holders),
      step,
      id,
      dir,
      cwd,
      ...(session !== undefined && { session }),
      ...(agent !== undefined && { agent }),
    };
  });
  return [...ofRuns, ...strangersOf(port, listeners, runs)];
}

function strangersOf(port: number, listeners: readonly Listener[], runs: readonly ListeningRun[]): HolderView[] {
  const ours = new Set(runs.flatMap(({ holders }) => holders.map(({ pid }) => pid)));
  const servers = new Map<number, PortHolder[]>();
  const unnamed = new Map<number | undefined, string[]>();
  for (const { address, user, holders } of listeners) {
    const others = holders.filter(({ pid }) => !ours.has(pid));
    const [oldest] = others;
    if (holders.length === 0) unnamed.set(user, [...(unnamed.get(user) ?? []), address]);
    if (oldest !== undefined) servers.set(oldest.pid, [...(servers.get(oldest.pid) ?? []), ...others]);
  }
  return [
    ...[...servers.values()].map((holders) => ({
      port,
      addresses: addressesOf(listeners, holders),
      ...named(holders),
    })),
    ...[...unnamed].map(([user, addresses]) => ({
      port,
      addresses: [...new Set(addresses)],
      ...(user !== undefined && { user }),
    })),
  ];
}

function named(holders: readonly PortHolder[]): Pick<HolderView, 'pid' | 'command' | 'others'> {
  const byAge = [...new Map(holders.map((holder) => [holder.pid, holder])).values()].sort(
    (a, b) => Number(a.startTime) - Number(b.startTime) || a.pid - b.pid,
  );
  const [oldest, ...others] = byAge;
  if (oldest === undefined) return {};
  return { pid: oldest.pid, command: oldest.command, ...(others.length > 0 && { others: others.length }) };
}

function addressesOf(listeners: readonly Listener[], holders: readonly PortHolder[]): string[] {
  const pids = new Set(holders.map(({ pid }) => pid));
  const own = listeners.filter((listener) => listener.holders.some(({ pid }) => pids.has(pid)));
  return [...new Set(own.map(({ address }) => address))];
}
