import { uptime } from 'node:os';

// Why: contributing/decisions/2026-11-29-a-lease-ends-with-its-evidence.md
/**
 * The boot clock: whole milliseconds since the machine was booted, its sleep included. All processes of a boot share it, and setting the
 * wall clock does not move it.
 *
 * On Linux it is /proc/uptime, else CLOCK_BOOTTIME, both in steps of 10 ms or finer. On macOS it is the time since `kern.boottime`, which
 * the kernel moves when the wall clock is set, in steps of one second (unproven: no macOS machine has run this).
 */
export function bootClockMs(): number {
  return Math.round(uptime() * 1_000);
}
