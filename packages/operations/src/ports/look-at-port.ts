import { type Listener, listenersOn, type PortHolder, scan } from '@pm/process';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { isOwnedBy, ownerOf } from '../project/owner.ts';
import { hasProcess, type RunInDirectory, runOf } from './run-of-process.ts';

/** A run of this user, with those of its processes that listen on the port. */
export interface ListeningRun extends RunInDirectory {
  readonly holders: readonly PortHolder[];
}

/** A port at one instant. */
export interface PortLook {
  readonly listeners: readonly Listener[];
  /** The runs that listen on it. A listener whose processes are in none of them is a stranger. */
  readonly runs: readonly ListeningRun[];
}

// Why: contributing/decisions/2026-11-29-who-holds-a-port.md
/**
 * Who listens on a port, and which runs these processes belong to, in all directories of this user. A process belongs to a run if it is
 * in the tree of the run that a stop would end, and to nothing else: what its environment says only tells where to look first.
 * @param port 1 to 65535
 * @param here the directory of runs of the call
 */
export function lookAtPort(port: number, here: string, { env }: Pick<Context, 'env'>): PortLook {
  const listeners = listenersOn(port);
  const holders = [...new Map(listeners.flatMap((one) => one.holders.map((holder) => [holder.pid, holder]))).values()];
  if (holders.length === 0) return { listeners, runs: [] };
  const table = scan();
  const { dirs } = everyDirectory(here, env);
  const found = new Map<string, ListeningRun>();
  for (const holder of holders) {
    const known = [...found.values()].find(({ dir, run }) => hasProcess(dir, run, holder, table));
    const owner = known ?? runOf(holder, dirs, table);
    if (owner === undefined) continue;
    const { dir, run } = owner;
    found.set(run.id, { dir, run, holders: [...(found.get(run.id)?.holders ?? []), holder] });
  }
  return { listeners, runs: [...found.values()] };
}

/** Whether the runs that listen are all of the caller: the server of another session may be in use. */
export function mayProposeStop({ runs }: PortLook, context: Pick<Context, 'env' | 'tty'>): boolean {
  const me = ownerOf(context);
  return runs.length > 0 && runs.every(({ run }) => isOwnedBy(me, run));
}
