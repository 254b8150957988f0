import { uptime } from 'node:os';
import type { DoctorCheck, DoctorFinding } from './doctor-answer.ts';

export const CLOCK: DoctorCheck = { check: 'clock', what: 'limits count awake time' };

/** How far two clocks may part while we look: a slew of NTP is 0.5 ms in a second. */
const APART_MS = 50;

/** The clocks at one instant, ms. */
export interface Clocks {
  readonly wallMs: number;
  /** Stands still while the machine sleeps. */
  readonly awakeMs: number;
  /** Since boot, sleep included. */
  readonly uptimeMs: number;
}

export function readClocks(): Clocks {
  return { wallMs: Date.now(), awakeMs: Number(process.hrtime.bigint()) / 1e6, uptimeMs: uptime() * 1000 };
}

/** Promise 4: a wall clock that jumps kills nothing, because nothing is counted by it. Here it is told whether it does. */
export function clock(before: Clocks, after: Clocks): DoctorFinding {
  const awakeMs = after.awakeMs - before.awakeMs;
  const apartMs = Math.round(after.wallMs - before.wallMs - awakeMs);
  const sleptMs = after.uptimeMs - after.awakeMs;
  // Since boot, if both count from there: not in a time namespace, and not on every platform.
  const slept = sleptMs > 1_000 ? `; this machine has slept ${Math.round(sleptMs / 1000)} s since it booted` : '';
  const fact = `wall and monotonic clock differ by ${Math.abs(apartMs)} ms after ${Math.round(awakeMs)} ms${slept}`;
  if (Math.abs(apartMs) <= APART_MS) return { ...CLOCK, result: 'pass', fact };
  return {
    ...CLOCK,
    result: 'warn',
    fact: `the wall clock jumped: ${fact}`,
    remedy: 'look at the time service of this machine; limits hold, but the times shown are as wrong as the clock',
  };
}
