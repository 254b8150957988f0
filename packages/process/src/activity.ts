import type { Identity } from './identity.ts';
import { platform } from './platform/current.ts';
import type { ProcessTable } from './process-table.ts';

/** What a tree had used up to one moment, in sum and for each process. On macOS only CPU time is known. */
export interface ActivitySample {
  readonly cpuMs: number;
  /** Bytes through read(2) and write(2): files, pipes and sockets. */
  readonly ioBytes: number;
  /** By pid and start time. The sums alone would shrink when a member ends. */
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
 * A page between two samples: work that reads or writes anything moves at least a buffer, while idle Node and Python
 * moved 0 bytes in 15 s. Low on purpose: too low, and a dead job counts as alive for longer; too high, and a quiet job
 * would count as hung. A shell that polls with `sleep 1` passes it without working, because each process it starts
 * reads its libraries (7 kB at 0.07 % of a core).
 */
export const IO_FLOOR_BYTES = 4096;

/**
 * Samples these processes. Costs one small read for each; one that cannot be read counts 0.
 * @param table the scan that they were found in
 */
export function sampleActivity(members: readonly Identity[], table: ProcessTable): ActivitySample {
  const perProcess = new Map<string, Usage>();
  for (const { pid, startTime } of members) {
    const row = table.get(pid);
    if (row?.startTime !== startTime) continue;
    perProcess.set(`${pid} ${startTime}`, { cpuMs: row.cpuMs, ioBytes: platform.ioBytesOf(pid) });
  }
  return { ...sumOf(perProcess.values()), perProcess };
}

/**
 * What happened between two samples. Only increases count, so a member that ended is no negative activity, and a new
 * one counts with all that it has used. When a process has waited for a child, the child's whole CPU time is added to
 * it at once: the share may be overstated, but is never understated.
 * @param windowMs the time between the samples, on a monotonic clock
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
