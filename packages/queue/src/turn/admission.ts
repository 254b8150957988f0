/** What a queue asks of the machine before one more entry starts. */
export interface Limits {
  /** So much memory has to be available, bytes. */
  readonly freeMemoryBytes?: number | undefined;
  /** The load average of one minute has to be below this. */
  readonly maxLoad?: number | undefined;
}

/** How the machine is now. */
export interface MachineRoom {
  readonly freeMemoryBytes: number;
  readonly load: number;
}

export type MachineAdmission = { readonly kind: 'admitted' } | { readonly kind: 'wait'; readonly evidence: string };

/** Whether the machine has room for one more entry. Pure. */
export function admissionOf({ freeMemoryBytes, maxLoad }: Limits, machine: MachineRoom): MachineAdmission {
  if (freeMemoryBytes !== undefined && machine.freeMemoryBytes < freeMemoryBytes)
    return wait(`it needs ${gib(freeMemoryBytes)} of free memory, and there is ${gib(machine.freeMemoryBytes)}`);
  if (maxLoad !== undefined && machine.load >= maxLoad)
    return wait(`it needs a load below ${maxLoad}, and the load is ${machine.load.toFixed(1)}`);
  return { kind: 'admitted' };
}

function wait(evidence: string): MachineAdmission {
  return { kind: 'wait', evidence };
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
