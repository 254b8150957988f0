import type { Identity } from '../identity.ts';
import type { Families } from './families.ts';
import type { Marks } from './marks.ts';

/** The live processes of one run, and what the next scan needs to find those that detach. Immutable. */
export interface Tree {
  readonly members: ReadonlyMap<number, Identity>;
  /** Sessions and groups that members lead or led. */
  readonly families: Families;
  /** The marks of members. They stay, even if a process overwrites its environment later. */
  readonly marks: Marks;
}

/** What makes a process part of a run. */
export interface TreeQuery {
  /** The command. Every member started no earlier than it, or no earlier than `since`. */
  readonly root: Identity;
  /** The earliest start time of a member, for a root that is not the first process of its tree. */
  readonly since?: string;
  /** Environment entry that the command's descendants inherit, such as `PM_RUN_ID=abc`. */
  readonly marker?: string;
  /**
   * Processes that are never members, and neither are their descendants, unless they descend from the root: a wrapper
   * and its beat loop.
   */
  readonly exclude?: readonly Identity[];
  /** Folder of the run's own cgroup v2. Every process in it is a member. */
  readonly cgroup?: string;
  /**
   * A part of the path of the run's own log. Every process whose output leads there is a member, even without its
   * environment and parent.
   */
  readonly output?: string;
  /** The path of a log that only this run writes. Every process whose output leads there is a member. */
  readonly outputFile?: string;
}
