import { type ProcessTable, scan, type World } from '@pm/process';

/** What all runs that are looked at together share: the clock, and one scan of the machine, made when first needed. */
export interface Tick {
  readonly monotonicMs: number;
  readonly wallMs: number;
  readonly world: World;
  readonly table: () => ProcessTable;
}

/** Now. */
export function newTick(world: World): Tick {
  let table: ProcessTable | undefined;
  return {
    monotonicMs: performance.now(),
    wallMs: Date.now(),
    world,
    table: () => {
      table ??= scan();
      return table;
    },
  };
}
