import type { Lease, NextTurn, Queue as QueuePort } from '@pm/queue';
import type { FleetEntry } from './entry.ts';
import type { FleetLease, Renewal } from './lease.ts';
import type { LogRow } from './log-rows.ts';
import type { EntryStanding } from './standing.ts';

export interface FleetOptions {
  /** The name of the queue, without `:`. */
  readonly queue: string;
  /** What a worker calls its host. Without it, nothing that is opened is listed among the hosts. */
  readonly host?: string;
  /** What the host has, as others are told. PostgreSQL keeps only the first of them: the name of a connection has 63 characters. */
  readonly labels?: readonly string[];
  /** Length of a lease, ms (default 30 000). The death of a holder is noticed after that at the earliest. */
  readonly leaseMs?: number;
  /** How often at most the engine looks for leases that have ended, ms (default: a third of the lease). */
  readonly recoverEveryMs?: number;
  /** How long the engine may take to answer, ms (default 5 000). */
  readonly timeoutMs?: number;
}

/** A host whose worker is connected. */
export interface FleetHost {
  readonly name: string;
  readonly labels: readonly string[];
}

/** What `next` of a fleet gives. */
export type FleetTurn =
  | { readonly kind: 'lease'; readonly lease: FleetLease }
  | Extract<NextTurn, { readonly kind: 'none' }>;

/**
 * A queue at an engine that many hosts share. Each method may reject with an `EngineError`, in bounded time. It connects when it is
 * asked something, and again after a connection was lost.
 */
export interface FleetQueue extends QueuePort {
  /** Where the engine is, without a password. */
  readonly at: string;
  /** Adding an id again changes nothing. So an error that says `mayBeDone` is no reason to forget the entry: add it again. */
  readonly enqueue: (entry: FleetEntry) => Promise<void>;
  readonly next: () => Promise<FleetTurn>;
  /** Says that the command begins now. Must be `held` before anything of it starts. */
  readonly begin: (lease: FleetLease) => Promise<Renewal>;
  /** Extends the lease and reads what the submitter has ordered. @param news JSON for the submitter */
  readonly renew: (lease: FleetLease, news?: unknown) => Promise<Renewal>;
  /** @param result JSON for the submitter */
  readonly finish: (lease: Lease, result?: unknown) => Promise<boolean>;
  /**
   * Gives an entry back that did not begin. False if the lease was lost.
   * @param afterMs so long nobody takes it, so that it does not return to a host that cannot run it
   */
  readonly putBack: (lease: Lease, afterMs?: number) => Promise<boolean>;
  /** Adds rows to what is kept of the output. @param rows JSON */
  readonly log: (lease: FleetLease, rows: readonly unknown[]) => Promise<void>;
  /** Reads at most 100 of these rows. @param from the number of the first one, from 0 */
  readonly readLog: (id: string, from: number) => Promise<LogRow[]>;
  /** Leaves orders for the holder, by name, which `renew` reads. Of each name the latest counts. False if the entry is not there, or over. */
  readonly order: (id: string, order: unknown) => Promise<boolean>;
  /** False if it has begun, also if it waits again. If it is being taken right now, it says false, and it may end as `cancelled` all the same. Its holder is told by `order`. */
  readonly cancel: (id: string) => Promise<boolean>;
  /** Removes an entry that was cancelled, after its submitter has read that. Does nothing if it does not wait, or was not cancelled. */
  readonly removeCancelled: (id: string) => Promise<void>;
  /**
   * Takes out an entry of which nobody knows whether it was added. Something of it stays at the engine until a worker comes by, so that an
   * order to add it that is still on its way adds nothing. False if it is being taken right now, as with `cancel`.
   */
  readonly withdraw: (entry: FleetEntry) => Promise<boolean>;
  readonly standing: (id: string) => Promise<EntryStanding>;
  /**
   * The ids of the entries that are held, and of some hundreds that ended last. Of the others nothing is new most of the time: a submitter
   * with a long line asks for their standing less often.
   */
  readonly inMotion: () => Promise<ReadonlySet<string>>;
  /** Takes back entries whose lease has ended. Somebody must call it regularly: workers do. @returns their ids */
  readonly recover: () => Promise<string[]>;
  /**
   * Calls back after each change. @param of `turns`: only after what may give an entry its turn, for those who wait for one. The progress of the
   * runs of all hosts would wake them many times a second
   */
  readonly subscribe: (onChange: () => void, of?: 'all' | 'turns') => () => void;
  /** The hosts whose workers are connected. */
  readonly hosts: () => Promise<FleetHost[]>;
  readonly close: () => void;
}
