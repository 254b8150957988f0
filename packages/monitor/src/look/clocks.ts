import { uptime } from 'node:os';
import type { PidScope } from '@pm/process';
import type { RunRecord } from '@pm/protocol';

/**
 * How long ago the run was claimed, ms: by the time since boot if this is still the same boot, else by the wall clock.
 */
export function sinceClaimMs({ host, createdAt }: RunRecord, scope: PidScope, wallMs: number): number {
  if (host.bootId !== scope.bootId || host.uptimeMs === undefined) return Math.abs(wallMs - createdAt);
  return Math.max(uptime() * 1000 - host.uptimeMs, 0);
}

/**
 * A clock of this boot, ms, that all processes share and that stands still while the machine sleeps. On Linux that is
 * Node's own (CLOCK_MONOTONIC).
 * @returns undefined elsewhere: there the clock goes on during a sleep, or it is not known that it does not
 */
export function awakeClockMs(): number | undefined {
  return process.platform === 'linux' ? Number(process.hrtime.bigint() / 1_000_000n) : undefined;
}
