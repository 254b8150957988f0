import * as z from 'zod/mini';

/** pid_t is a signed 32-bit number on Linux and macOS. */
export const MAX_PID = 2_147_483_647;

/** Tells a process from a later one with the same pid, within one boot and pid namespace. */
export const IdentityRecord = z.object({
  pid: z.number().check(z.int(), z.gt(1), z.lte(MAX_PID)),
  /** As the platform gives it: ticks since boot on Linux, `ps -o lstart` on macOS. Printable words with one space between them. */
  startTime: z.string().check(z.maxLength(64), z.regex(/^[!-~]+( [!-~]+)*$/, 'must be printable words')),
});
export type IdentityRecord = z.infer<typeof IdentityRecord>;
