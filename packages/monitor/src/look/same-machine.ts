import { uptime } from 'node:os';
import type { World } from '@pm/process';
import type { RunRecord } from '@pm/protocol';

/** True if the run's pids mean what our pids mean: same boot, same pid namespace. Only such runs are ever signalled. */
export function isHere({ host }: RunRecord, world: World): boolean {
  return host.bootId === world.bootId && host.pidNamespace === world.pidNamespace;
}

/** How long ago the run was claimed, ms: on the machine's own clock since boot if it is this boot, else by the wall's. */
export function sinceClaimMs({ host, createdAt }: RunRecord, world: World, wallMs: number): number {
  if (host.bootId !== world.bootId || host.uptimeMs === undefined) return Math.abs(wallMs - createdAt);
  return Math.max(uptime() * 1000 - host.uptimeMs, 0);
}

/**
 * A clock of this boot that all processes share and that stands still while the machine sleeps, ms. On Linux that is Node's
 * (CLOCK_MONOTONIC); elsewhere it goes on during a sleep, or nobody has shown that it does not.
 */
export function awakeClockMs(): number | undefined {
  return process.platform === 'linux' ? Number(process.hrtime.bigint() / 1_000_000n) : undefined;
}
