import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a cgroup v2 says of itself. Each field is absent where its controller does not work there. */
export interface CgroupUsage {
  readonly cpuMs?: number;
  readonly memoryBytes?: number;
}

/** Reads the usage of a cgroup v2 and of those below it; nothing when it is gone. `cpu.stat` needs no controller, `memory.stat` does. */
export function cgroupUsage(folder: string): CgroupUsage {
  const cpuMs = cpuMsIn(textOf(join(folder, 'cpu.stat')));
  const memoryBytes = memoryBytesIn(textOf(join(folder, 'memory.stat')));
  return { ...(cpuMs !== undefined && { cpuMs }), ...(memoryBytes !== undefined && { memoryBytes }) };
}

/** The CPU time in the text of `cpu.stat`, user and system, ms. Pure. */
export function cpuMsIn(text: string): number | undefined {
  const microseconds = fieldsOf(text).get('usage_usec');
  return microseconds === undefined ? undefined : Math.round(microseconds / 1000);
}

/**
 * The memory in the text of `memory.stat` that the kernel cannot take back without swap: anonymous and shared memory, and its own
 * structures. Cached files are left out, because a run that reads much would seem to hold it all. Pure.
 */
export function memoryBytesIn(text: string): number | undefined {
  const fields = fieldsOf(text);
  if (!fields.has('anon')) return undefined;
  return HELD.reduce((total, name) => total + (fields.get(name) ?? 0), 0);
}

const HELD = ['anon', 'shmem', 'kernel_stack', 'pagetables', 'sock', 'slab_unreclaimable'];

function fieldsOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').map((line) => line.split(' '));
  return new Map(lines.flatMap(([name, value]) => (/^\d+$/.test(value ?? '') ? [[name ?? '', Number(value)]] : [])));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
