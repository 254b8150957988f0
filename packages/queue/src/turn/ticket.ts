/** The priorities that people may give: a higher one goes first. */
export const PRIORITY = { lowest: -100, usual: 0, highest: 100 } as const;

/** Before every priority: `pm start --front`. */
export const FRONT = 101;

/** What the order of a queue needs to know of a waiting entry. It is the name of its file. */
export interface Ticket {
  /** The run id of the entry. */
  readonly id: string;
  /** -100 to 100, or `FRONT`. */
  readonly priority: number;
  /** Entries that were added one after the other have rising numbers, also if the clock was set back in between. */
  readonly order: number;
  /** The project, by which turns are shared. */
  readonly project: string;
  /** Where its command has to start: the pid namespace of who added it. A job of a sandbox starts in that sandbox, and no other one does. */
  readonly realm: string;
}
