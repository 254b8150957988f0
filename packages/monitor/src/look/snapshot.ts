import { type PidScope, type ProcessTable, scan, thisPidScope } from '@pm/process';

/**
 * What all runs that are looked at together share: one instant, and one scan of all processes, made when it is first
 * needed.
 */
export interface Snapshot {
  /** On this process's monotonic clock. */
  readonly monotonicMs: number;
  /** Epoch milliseconds. */
  readonly wallMs: number;
  readonly scope: PidScope;
  readonly table: () => ProcessTable;
}

/**
 * A snapshot of this instant.
 * @param scope of this process, if the caller knows it: reading it anew costs two system calls
 */
export function takeSnapshot(scope: PidScope = thisPidScope()): Snapshot {
  let table: ProcessTable | undefined;
  return {
    monotonicMs: performance.now(),
    wallMs: Date.now(),
    scope,
    table: () => {
      table ??= scan();
      return table;
    },
  };
}
