import { type PidScope, type ProcessTable, scan } from '@pm/process';

/** What all runs that are looked at together share: the clock, and one scan of the machine, made when first needed. */
export interface Tick {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly scope: PidScope;
  readonly table: () => ProcessTable;
}

/** Now. */
export function newTick(scope: PidScope): Tick {
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
