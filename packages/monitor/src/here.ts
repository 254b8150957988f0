import { hostname } from 'node:os';
import type { World } from '@pm/process';
import type { RunRecord } from '@pm/protocol';

/** True if the run's pids mean what our pids mean: same boot, same pid namespace. Only such runs are ever signalled. */
export function isHere({ host }: RunRecord, world: World): boolean {
  return host.bootId === world.bootId && host.pidNamespace === world.pidNamespace;
}

/** True if this machine has restarted since the run began: nothing of it can live. */
export function isBeforeReboot({ host }: RunRecord, world: World): boolean {
  return host.name === hostname() && host.bootId !== world.bootId;
}
