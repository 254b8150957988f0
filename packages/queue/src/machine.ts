import { readFileSync } from 'node:fs';
import { freemem, loadavg } from 'node:os';
import { admissionOf, type Limits, type MachineAdmission, type MachineRoom } from './turn/admission.ts';

/** Whether this machine has room now for one more entry of a queue. */
export function admitHere(limits: Limits): MachineAdmission {
  const { freeMemoryBytes, maxLoad } = limits;
  if (freeMemoryBytes === undefined && maxLoad === undefined) return { kind: 'admitted' };
  return admissionOf(limits, thisMachine());
}

/** How much room this machine has now. */
function thisMachine(): MachineRoom {
  return { freeMemoryBytes: availableBytes() ?? freemem(), load: loadavg()[0] ?? 0 };
}

/** Linux counts what caches would give back. `freemem` of Node.js does so from version 18 on, but not on every kernel. */
function availableBytes(): number | undefined {
  try {
    const [, kib] = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8')) ?? [];
    return kib === undefined ? undefined : Number(kib) * 1024;
  } catch {
    return undefined;
  }
}
