import type { Identity, PidScope } from '@pm/process';
import type { RunRecord } from '@pm/protocol';

export interface CourierOptions {
  /** Aborting it ends the tries that are being made. */
  readonly signal: AbortSignal;
  /** Name and version of the program, for receivers: `pm 1.2.0`. */
  readonly program: string;
  /** The last lines of the log of a run, for targets that ask for them. Without it they get none. */
  readonly logOf?: (dir: string, run: RunRecord) => string;
}

/** What all deliveries of a courier share. */
export interface Workplace extends CourierOptions {
  readonly dir: string;
  readonly scope: PidScope;
  readonly self: Identity | undefined;
  /** How many tries are being made. */
  underway: number;
  /** Called after each try with the id of its run. */
  readonly tried: (runId: string) => void;
}
