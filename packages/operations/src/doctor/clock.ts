import { uptime } from 'node:os';
import { formatDuration } from '@pm/protocol/text';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const CLOCK: DoctorCheck = { check: 'clock', what: 'limits count awake time' };

/** How far the clocks may differ after the test, ms: NTP changes a clock by 0.5 ms per second. */
const APART_MS = 50;

/** All clocks at one instant, ms. */
export interface Clocks {
  readonly wallMs: number;
  /** Does not count while the machine sleeps. */
  readonly awakeMs: number;
  /** Time since boot, including sleep. */
  readonly uptimeMs: number;
}

export function readClocks(): Clocks {
  return { wallMs: Date.now(), awakeMs: Number(process.hrtime.bigint()) / 1e6, uptimeMs: uptime() * 1000 };
}

/** A wall clock that jumps ends no run, because limits do not use it. This check reports whether it jumps. */
export function clock(before: Clocks, after: Clocks): DoctorFinding {
  const awakeMs = after.awakeMs - before.awakeMs;
  const apartMs = Math.round(after.wallMs - before.wallMs - awakeMs);
  const sleptMs = after.uptimeMs - after.awakeMs;
  // This is true if both count from boot: not in a time namespace, and not on every platform.
  const slept = sleptMs > 1_000 ? `; this machine has slept ${formatDuration(sleptMs)} since it booted` : '';
  const fact = `wall and monotonic clock differ by ${Math.abs(apartMs)} ms after ${Math.round(awakeMs)} ms${slept}`;
  if (Math.abs(apartMs) <= APART_MS) return { ...CLOCK, result: 'pass', fact };
  return {
    ...CLOCK,
    result: 'warn',
    fact: `the wall clock jumped: ${fact}`,
    remedy: 'check the time service of this machine; limits work, but the times shown are as wrong as the clock',
  };
}
