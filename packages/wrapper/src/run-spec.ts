import type { Policy, RunRecord } from '@pm/protocol';

/** What is to be started. */
export interface RunSpec {
  /** The sentinel directory, absolute. */
  readonly dir: string;
  readonly step: string;
  readonly argv: readonly string[];
  /** Where the command runs, absolute. */
  readonly cwd: string;
  readonly policy: Policy;
  readonly owner: RunRecord['owner'];
  /** The run from inside of which it is started. */
  readonly parent?: string;
  /** Keeps standard error in a file of its own. */
  readonly split?: boolean;
  /** The checks that pass when it is ready, and how long its starter wants to wait for that. */
  readonly ready?: NonNullable<RunRecord['ready']>;
  readonly readyTimeoutMs?: number;
  /** The TCP port that it is given, as `PORT`. The caller has put it in the place of `{port}` in `argv`. */
  readonly port?: number;
  /** Gives the command a standard input without an end. */
  readonly stdin?: 'open';
  /** The services that it needs, and whether it is started only because another run needs it. */
  readonly needs?: NonNullable<RunRecord['needs']>;
  readonly forNeeds?: boolean;
  /** Makes no cgroup for the run. */
  readonly unconfined?: boolean;
  /** It runs under a lease, until this instant of the boot clock (`bootClockMs`) unless it is extended. Then it is killed, and lost. */
  readonly lease?: { readonly untilMs: number };
  /** Of a run that waited for its turn: its id, which it has already, the queue, and the line of a batch that it is. */
  readonly turn?: Pick<RunRecord, 'id' | 'batch'> & { readonly queue: NonNullable<RunRecord['queue']> };
}
