import { statOf } from '@pm/protocol/fs';

/** File times are as fine as the kernel's tick, 10 ms at most; network file systems tell whole seconds. */
const FRESH_MS = 2_000;

/** More than the clocks of two machines that share a folder differ by. */
const AHEAD_MS = 60_000;

/**
 * When a name last came or went in a folder, by the folder's own ctime: as long as it stays the same, so do the names. Unlike the mtime
 * nobody can set it back, neither a backup nor a job.
 * `undefined` if the folder is gone, or the change is so recent that another one in the same tick would not show. A time that
 * is long to come is that of a clock that was set back since, a little may be a file server's.
 */
export function settledAtMs(folder: string, wallMs: number): number | undefined {
  const atMs = statOf(folder)?.ctimeMs;
  const ageMs = wallMs - (atMs ?? wallMs);
  return ageMs < FRESH_MS && ageMs > -AHEAD_MS ? undefined : atMs;
}
