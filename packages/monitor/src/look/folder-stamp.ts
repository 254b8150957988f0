import { statOf } from '@pm/protocol/fs';

/** File times are as fine as the kernel's clock tick, 10 ms at most; network file systems give whole seconds. */
const FRESH_MS = 2_000;

/** More than the clocks of two machines that share a folder differ by. */
const AHEAD_MS = 60_000;

/**
 * When a name last came or went in a folder: the folder's own ctime, epoch milliseconds. As long as it stays the same,
 * so do the names. The ctime, because nobody can set it back, neither a backup nor a job.
 *
 * A stamp far in the future comes from a clock that was set back since, and counts. One slightly in the future may come
 * from a file server's clock, and counts as fresh.
 * @returns undefined if the folder is gone, or if the stamp is so fresh that another change within the same clock tick
 *   would not show
 */
export function readFolderStamp(folder: string, wallMs: number): number | undefined {
  const atMs = statOf(folder)?.ctimeMs;
  const ageMs = wallMs - (atMs ?? wallMs);
  return ageMs < FRESH_MS && ageMs > -AHEAD_MS ? undefined : atMs;
}
