import * as z from 'zod/mini';

const text = z.string();

/**
 * An instant on two clocks: the wall clock, which anybody may set, and the time since boot, which nobody can set. The time since boot
 * means nothing after a restart or on another host.
 */
export const Timestamp = z.looseObject({
  /** UTC epoch ms. */
  atMs: z.number(),
  host: text,
  /** '' where the platform does not tell it. */
  bootId: text,
  /** Since the machine's boot, ms. */
  uptimeMs: z.number(),
});
export type Timestamp = z.infer<typeof Timestamp>;

/** The clocks are read one after the other and rounded, so a smaller step back than this is none. */
const SLACK_MS = 2_000;

/**
 * The time between two instants, ms: the larger value of the two clocks. If every valid clock says that `since` is in the future, a
 * clock was set back and the time is unknown. It is then Infinity, so that nobody waits longer.
 */
export function elapsedMs(since: Timestamp, now: Timestamp): number {
  const wallMs = now.atMs - since.atMs;
  const mostMs = isSameBoot(since, now) ? Math.max(wallMs, now.uptimeMs - since.uptimeMs) : wallMs;
  return mostMs < -SLACK_MS ? Infinity : Math.max(mostMs, 0);
}

/** Whether the same machine was restarted between the two instants. */
export function hasRebooted(since: Timestamp, now: Timestamp): boolean {
  return since.host === now.host && since.bootId !== '' && now.bootId !== '' && since.bootId !== now.bootId;
}

function isSameBoot(since: Timestamp, now: Timestamp): boolean {
  return since.host === now.host && since.bootId !== '' && since.bootId === now.bootId;
}
