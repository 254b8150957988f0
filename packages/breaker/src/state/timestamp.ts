import * as z from 'zod/mini';

const text = z.string();

/**
 * An instant on two clocks: the one on the wall, which anybody may set, and the one that runs since the machine's boot, which nobody
 * can, and which means nothing after a restart or on another host.
 */
export const Timestamp = z.looseObject({
  /** UTC epoch ms. */
  atMs: z.number(),
  host: text,
  /** '' where the platform does not tell. */
  bootId: text,
  /** Since the machine's boot, ms. */
  uptimeMs: z.number(),
});
export type Timestamp = z.infer<typeof Timestamp>;

/** Clocks of one machine are read one after the other and rounded: less than this is no step back. */
const SLACK_MS = 2_000;

/**
 * How much time is certainly over between two instants, ms: whichever clock says more. If every clock that counts says that the first is
 * still to come, a clock was set back and nothing is known: then it is for ever ago (Infinity), so that nothing waits longer for it.
 */
export function elapsedMs(since: Timestamp, now: Timestamp): number {
  const wallMs = now.atMs - since.atMs;
  const mostMs = isSameBoot(since, now) ? Math.max(wallMs, now.uptimeMs - since.uptimeMs) : wallMs;
  return mostMs < -SLACK_MS ? Infinity : Math.max(mostMs, 0);
}

/** The same machine has been restarted between the two. */
export function hasRebooted(since: Timestamp, now: Timestamp): boolean {
  return since.host === now.host && since.bootId !== '' && now.bootId !== '' && since.bootId !== now.bootId;
}

function isSameBoot(since: Timestamp, now: Timestamp): boolean {
  return since.host === now.host && since.bootId !== '' && since.bootId === now.bootId;
}
