import { identify, isOfThisUser, startedAtMs } from '@pm/process';
import { encodeIdentity } from '@pm/protocol';

/** The time of a `.pid` file and the start of its process come from two clocks, which may differ by this much. */
export const CLOCK_SLACK_MS = 1_000;

/** The process that a `.pid` names, as the record of an identity. */
export interface AnnouncedProcess {
  readonly record: string;
  /** It has certainly ended. */
  readonly isGone: boolean;
}

/** Its run is judged by the heartbeat alone, and never signalled. */
const NOBODY: AnnouncedProcess = { record: 'unreadable\n', isGone: false };

/**
 * Identifies the process that a `.pid` names. It must have started before the file was written. A process that has the
 * pid now but started later is another one, which must not be signalled: then the run's own process is gone.
 * @param pid 0 if the `.pid` cannot be read
 */
export function identifyAnnounced(pid: number, pidAtMs: number): AnnouncedProcess {
  if (pid === 0) return NOBODY;
  const gone = { record: encodeIdentity({ pid, startTime: startTimeAt(pidAtMs) }), isGone: true };
  const identity = identify(pid);
  if (identity === undefined) return gone;
  const startedAt = startedAtMs(identity);
  if (startedAt === undefined || !isOfThisUser(identity)) return NOBODY;
  return startedAt <= pidAtMs + CLOCK_SLACK_MS ? { record: encodeIdentity(identity), isGone: false } : gone;
}

// Why: contributing/decisions/2026-11-29-stop-of-a-foreign-run.md
/**
 * The latest possible start time of a process that is gone. With it, the processes that it started are still found:
 * those in its session or group that began right after it, and those that write to its log.
 */
function startTimeAt(atMs: number): string {
  const me = identify(process.pid);
  const mineAtMs = me === undefined ? undefined : startedAtMs(me);
  if (me === undefined || mineAtMs === undefined || !/^\d+$/.test(me.startTime)) return 'gone'; // macOS has dates here
  const ticks = Math.floor(Number(me.startTime) + (atMs - mineAtMs) / 10) - 2; // both clocks tick in 10 ms
  return ticks > 0 ? String(ticks) : 'gone';
}
