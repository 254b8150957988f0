import { uptime } from 'node:os';
import type { PidScope } from '@pm/process';
import type { RunRecord } from '@pm/protocol';

/** How long ago the run was claimed, ms: on the machine's own clock since boot if it is this boot, else by the wall's. */
export function sinceClaimMs({ host, createdAt }: RunRecord, scope: PidScope, wallMs: number): number {
  if (host.bootId !== scope.bootId || host.uptimeMs === undefined) return Math.abs(wallMs - createdAt);
  return Math.max(uptime() * 1000 - host.uptimeMs, 0);
}

/**
 * A clock of this boot that all processes share and that stands still while the machine sleeps, ms. On Linux that is Node's
 * (CLOCK_MONOTONIC); elsewhere it goes on during a sleep, or nobody has shown that it does not.
 */
export function awakeClockMs(): number | undefined {
  return process.platform === 'linux' ? Number(process.hrtime.bigint() / 1_000_000n) : undefined;
}
