import type { Attempt, Attention, Ending, Policy } from '@pm/protocol';
import type { LiveState } from './verdict.ts';

/**
 * What a look found of one process. `elsewhere`: on another host or in another pid namespace, where its pid means
 * nothing to us.
 */
export type Sighting = 'unseen' | 'running' | 'stopped' | 'zombie' | 'gone' | 'elsewhere';

/** What keeps the exit of a command that has ended from being recorded: a condition, and its words. */
export interface Obstacle {
  readonly attention: Extract<Attention, 'disk-full' | 'unwritable'>;
  readonly what: string;
  /** False if the exit may just be being written. */
  readonly isCertain: boolean;
}

/** What is known of a run elsewhere: what its worker has said at last, and how old that is. */
export interface MirrorSeen {
  readonly worker: string;
  /** Since the last news arrived, ms. */
  readonly silentMs: number;
  readonly state: LiveState;
  readonly evidence: string;
  readonly troubles: readonly { readonly attention: Attention; readonly evidence: string }[];
}

/**
 * One look at one run: plain data without a clock. Ages are counted on the watcher's monotonic clock and in looks. Time
 * that the watcher itself was asleep is not counted (`nextSilence`).
 */
export interface Observation {
  /** Since the look before, and how long that was meant to take; both 0 on the first look. */
  readonly gapMs: number;
  readonly plannedGapMs: number;
  /** The outcome is on record. */
  readonly concluded: boolean;
  /** The exit is on record. */
  readonly exited: boolean;
  /**
   * The command has ended, and its exit is not on record because of this: the disk is full, its folder cannot be
   * written to.
   */
  readonly obstacle?: Obstacle | undefined;
  /** How long the obstacle has been seen. */
  readonly unrecordedMs?: number | undefined;
  /** Of a foreign run that has left no status: its files were overwritten by the next run, or removed. */
  readonly superseded?: boolean | undefined;
  /** Of a foreign run: what is wrong with its flat files, in one sentence. Nothing is judged by it. */
  readonly remark?: string | undefined;
  /** Of a run elsewhere: what its worker has reported. Nothing else is evidence about it. */
  readonly mirror?: MirrorSeen | undefined;
  /** The run was made from a process that was running already. It has no wrapper, so its exit is never recorded. */
  readonly adopted?: boolean | undefined;
  readonly ending: Ending | undefined;
  /** How long the ending has been seen. */
  readonly orderAgeMs: number;
  /** The machine has restarted since the run began. */
  readonly rebooted: boolean;
  readonly wrapper: Sighting;
  readonly command: Sighting;
  /**
   * Of a run that may be retried: the number of the current attempt, and whether it has failed and another one follows.
   */
  readonly attempt?: Attempt | undefined;
  /** Some process of the run is alive: the command, or what it started. */
  readonly treeAlive: boolean;
  readonly sinceClaimMs: number;
  /** A name came or went among its records a moment ago: they are just being made, or deleted one by one. */
  readonly changing?: boolean | undefined;
  /** Its records say that a wrapper began, even if that wrapper's own record is not there. */
  readonly begun?: boolean | undefined;
  /** How long the run has taken, in awake time. */
  readonly elapsedMs: number;
  /** How long it may take, in awake time; null: no limit. */
  readonly limitMs: number | null;
  /**
   * Of a run under a lease whose pids mean something here: how long it may still go on by the boot clock (0 or less: the lease is over), and
   * how long ago that was said.
   */
  readonly lease?: { readonly leftMs: number; readonly unextendedMs: number } | undefined;
  /**
   * The run is of this host, but its records name no process that can be identified: only its heartbeat can be judged.
   */
  readonly unidentified: boolean;
  /** Since the wrapper's heartbeat was last seen to change. */
  readonly beatAgeMs: number;
  /** The same by the wall clock, for display: nothing is judged by it. */
  readonly beatWallAgeMs: number;
  /** Since the sign of life that the policy asks for was last seen, and how many looks missed it. */
  readonly silentMs: number;
  readonly missedLooks: number;
  /** What the ready checks say, if their failure is the silence that counts. */
  readonly failing?: string | undefined;
  /** Since any output, CPU or I/O of the tree was last seen. */
  readonly quietMs: number;
  /** The log is over its cap, or was truncated by the job. */
  readonly logTruncated: boolean;
}

// Why: contributing/decisions/2026-11-29-a-service-is-a-policy.md
/** It has shown nothing for longer than it may. A service waits for work that may not come for days, so it never is. */
export function isQuiet(
  { quietMs }: Pick<Observation, 'quietMs'>,
  { quietAfterMs, service }: Pick<Policy, 'quietAfterMs' | 'service'>,
): boolean {
  return service !== true && quietMs > quietAfterMs;
}

/** Nothing of the run may be alive any more, and nobody waits for a grace. */
export function isGraceless({ lease, ending }: Pick<Observation, 'lease' | 'ending'>): boolean {
  return isLeaseOver({ lease }) || ending?.cause === 'lost';
}

/** The lease of the run is over: nothing of it may be alive any more. */
export function isLeaseOver({ lease }: Pick<Observation, 'lease'>): boolean {
  return lease !== undefined && lease.leftMs <= 0;
}

/** True for an ending that somebody has to carry out. A natural exit needs nobody. */
export function isOrder(ending: Ending | undefined): boolean {
  return ending !== undefined && ending.cause !== 'exit';
}

/**
 * The last attempt has failed, and the wrapper will start another one. Until then the command gives no sign of life.
 */
export function isBetweenAttempts({
  attempt,
  exited,
  ending,
}: Pick<Observation, 'attempt' | 'exited' | 'ending'>): boolean {
  return attempt?.failed !== undefined && attempt.n < (attempt.of ?? Infinity) && !exited && ending === undefined;
}

/**
 * On a busy machine a wrapper may wait for so long between opening its `exit` and writing it. After that the disk is
 * full.
 */
const UNWRITTEN_MS = 2_000;

/** The exit of a command that has ended cannot be written. */
export function isUnwritable({ unrecordedMs = 0 }: Observation): boolean {
  return unrecordedMs > UNWRITTEN_MS;
}

/**
 * The command has ended and no other attempt follows. The wrapper may still be recording its exit. For a run whose
 * processes cannot be seen, an obstacle proves it: the obstacle is looked for only after its `exit` was opened.
 */
export function hasCommandExited(
  seen: Pick<Observation, 'command' | 'attempt' | 'exited' | 'ending' | 'obstacle'>,
): boolean {
  const isOver =
    seen.command === 'gone' ||
    seen.command === 'zombie' ||
    (seen.command === 'elsewhere' && seen.obstacle !== undefined);
  return isOver && !isBetweenAttempts(seen);
}
