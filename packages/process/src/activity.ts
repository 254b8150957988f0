import type { Identity } from './identity.ts';
import { platform } from './platform/current.ts';
import type { ProcessTable } from './process-table.ts';

/** What a tree had used up at one moment, in sums and for each process. macOS tells CPU time only. */
export interface ActivitySample {
  readonly cpuMs: number;
  /** Bytes through read(2) and write(2): files, pipes and sockets. */
  readonly ioBytes: number;
  readonly processes: number;
  /** By pid and start time: sums alone would shrink when a member ends. */
  readonly perProcess: ReadonlyMap<string, Usage>;
}

/** What one process had used up: its own and that of the children it has waited for. */
export interface Usage {
  readonly cpuMs: number;
  readonly ioBytes: number;
}

/** What a tree did between two samples. */
export interface Activity {
  /** Of one core: 0.5 is half a core, 2 is two. */
  readonly cpuShare: number;
  readonly ioBytes: number;
  /** CPU or I/O at or above its floor. Proves life; its absence alone proves no hang. */
  readonly active: boolean;
}

/** One per cent of a core: idle runtimes (Node, Python with a beat thread, a shell that polls) stay below. */
export const CPU_FLOOR_SHARE = 0.01;

/**
 * A page in a window, since work that reads or writes anything moves a buffer at a time; idle Node and Python moved 0 bytes in 15 s here.
 * Low on purpose: too low calls a dead job alive for longer, too high would call a quiet one hung. Known to pass it without working:
 * a shell that polls with `sleep 1`, as every process it starts reads its libraries (7 kB each here, at 0.07 % of a core).
 */
export const IO_FLOOR_BYTES = 4096;

/** Samples these processes; `table` is the scan they were found in. One small read a member; unreadable ones count 0. */
export function sampleActivity(members: readonly Identity[], table: ProcessTable): ActivitySample {
  const perProcess = new Map<string, Usage>();
  for (const { pid, startTime } of members) {
    const row = table.get(pid);
    if (row?.startTime !== startTime) continue;
    perProcess.set(`${pid} ${startTime}`, { cpuMs: row.cpuMs, ioBytes: platform.ioBytesOf(pid) });
  }
  return { ...sumOf(perProcess.values()), processes: perProcess.size, perProcess };
}

/**
 * What happened between two samples taken `windowMs` apart on a monotonic clock. Only increases count, so a member that ended is no
 * negative activity; one that is new counts with all it used. A child waited for adds its whole life to its parent at once:
 * one window may overstate the share, none understates it.
 */
export function activityBetween(before: ActivitySample, after: ActivitySample, windowMs: number): Activity {
  const increases: Usage[] = [];
  for (const [key, now] of after.perProcess) increases.push(increase(before.perProcess.get(key) ?? NOTHING, now));
  const { cpuMs, ioBytes } = sumOf(increases);
  const cpuShare = windowMs > 0 ? cpuMs / windowMs : 0;
  return { cpuShare, ioBytes, active: cpuShare >= CPU_FLOOR_SHARE || ioBytes >= IO_FLOOR_BYTES };
}

const NOTHING: Usage = { cpuMs: 0, ioBytes: 0 };

function increase(before: Usage, after: Usage): Usage {
  return {
    cpuMs: Math.max(0, after.cpuMs - before.cpuMs),
    ioBytes: Math.max(0, after.ioBytes - before.ioBytes),
  };
}

function sumOf(usages: Iterable<Usage>): Usage {
  let sum = NOTHING;
  for (const usage of usages) {
    sum = {
      cpuMs: sum.cpuMs + usage.cpuMs,
      ioBytes: sum.ioBytes + usage.ioBytes,
    };
  }
  return sum;
}
