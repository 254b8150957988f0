import type { Limits } from './turn/admission.ts';
import type { Ticket } from './turn/ticket.ts';

/** A run that is to wait in a queue. */
export interface NewEntry {
  /** The id of its run. */
  readonly id: string;
  /** The sentinel directory of the run, absolute. */
  readonly dir: string;
  readonly step: string;
  /** By which turns are shared within a priority. */
  readonly project: string;
  /** -100 to 100, or `FRONT`. */
  readonly priority: number;
}

/** An entry as it is on record. */
export interface QueueEntry extends NewEntry, Ticket {}

/** The right to run one entry now. It is held until `finish`, or until there is evidence that the run of the entry is over. */
export interface Lease {
  readonly entry: QueueEntry;
  /** What proves to the queue that the lease is this one. */
  readonly token: string;
}

/** What `next` gives. */
export type NextTurn =
  | { readonly kind: 'lease'; readonly lease: Lease }
  | { readonly kind: 'none'; readonly why: 'empty' | 'paused' | 'full' }
  /** The machine has too little room. Nothing says when that changes: ask again. */
  | { readonly kind: 'none'; readonly why: 'machine'; readonly evidence: string };

/** The slots of a queue of many hosts that nobody has given a number: its workers have slots of their own, and the queue itself sets no bound. */
export const UNBOUNDED = 1_000;

/** How many entries of a queue run at once, and when. */
export interface QueueSettings extends Limits {
  readonly slots: number;
  readonly paused?: boolean | undefined;
}

/** An entry in a listing. Of one that is far from its turn, a queue of many hosts tells only the id: to read more of each would take seconds. */
export type ListedTicket = Pick<Ticket, 'id'> & Partial<Ticket>;

/** A queue as a whole. */
export interface Listing {
  readonly settings: QueueSettings;
  /** Those that wait, or the first of them, in the order in which they get their turns if nothing else is added. */
  readonly waiting: readonly ListedTicket[];
  /** How many wait. */
  readonly total: number;
  readonly running: readonly QueueEntry[];
  /** What keeps the next one from starting, if a slot seems to be free: the machine lacks something, or a record cannot be read. */
  readonly lacks?: string;
  /** How many entries only a newer version can read. They are left alone. */
  readonly newer: number;
}

/**
 * A queue, wherever it is kept. Any number of processes may use it at once, and each of them may die at any instant: no entry is lost,
 * none has two holders, and never more than `slots` entries have one. `queueContract` tests an implementation.
 */
export interface Queue {
  /** Adds an entry at its place. An id that is already there is added once. */
  readonly enqueue: (entry: NewEntry) => Promise<void>;
  /** Takes the entry whose turn it is, if a slot is free. The caller starts it, or it gives the lease back by `putBack`. */
  readonly next: () => Promise<NextTurn>;
  /** Says that the holder is alive. False if the lease is lost: the caller must not start anything by it. */
  readonly extend: (lease: Lease) => Promise<boolean>;
  /** The run of the entry is over: its slot is free. False if the lease was lost: then nothing has changed. */
  readonly finish: (lease: Lease) => Promise<boolean>;
  /**
   * Gives back an entry that cannot start yet: its slot is free. If it has to be added again, it gets the place that it had. False if the
   * lease was lost.
   */
  readonly putBack: (lease: Lease) => Promise<boolean>;
  /** Takes a waiting entry out. False if it does not wait here. */
  readonly cancel: (id: string) => Promise<boolean>;
  /** Gives a waiting entry another priority, at the end of those that have it. False if it does not wait here. */
  readonly move: (id: string, priority: number) => Promise<boolean>;
  /** @param most how many of those that wait are listed; without it, all. Counting ten thousand is quicker than listing them. */
  readonly list: (most?: number) => Promise<Listing>;
  /** The entry of a waiting ticket; undefined if it waits no longer. */
  readonly read: (ticket: ListedTicket) => Promise<QueueEntry | undefined>;
  /** Calls back after something has changed, perhaps several times. @returns what ends it */
  readonly subscribe: (onChange: () => void) => () => void;
  /** Changes the settings that are given. */
  readonly configure: (patch: Partial<QueueSettings>) => Promise<void>;
}
