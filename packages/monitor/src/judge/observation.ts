import type { Attempt, Ending } from '@pm/protocol';

/** What a look found of one process. `elsewhere`: another host or pid namespace, where pids mean nothing to us. */
export type Sighting = 'unseen' | 'running' | 'stopped' | 'zombie' | 'gone' | 'elsewhere';

/**
 * One look at one run: plain data, no clock in it. Ages are counted on the watcher's monotonic clock and in looks;
 * time the watcher itself slept through is not counted (`nextSilence` in memory.ts).
 */
export interface Observation {
  /** Since the look before, and how long that was meant to take; both 0 on the first look. */
  readonly gapMs: number;
  readonly plannedGapMs: number;
  readonly concluded: boolean;
  /** The exit is on record. */
  readonly exited: boolean;
  /** How long the exit has been seen there, and empty: the wrapper is just writing it, or has no room to. */
  readonly unrecordedMs?: number | undefined;
  /** Of a foreign writer's run that has left no status: its files are the next run's by now, or gone. */
  readonly superseded?: boolean | undefined;
  readonly ending: Ending | undefined;
  /** How long the ending has been seen. */
  readonly orderAgeMs: number;
  /** The machine has restarted since the run began. */
  readonly rebooted: boolean;
  readonly wrapper: Sighting;
  readonly command: Sighting;
  /** Of a run that may be retried: which attempt is on, and whether it has failed and the next is to come. */
  readonly attempt?: Attempt | undefined;
  /** Some process of the run lives: the command, or what it started. */
  readonly treeAlive: boolean;
  readonly sinceClaimMs: number;
  /** A name came or went among its records a moment ago: they are just being made, or somebody is deleting them one by one. */
  readonly changing?: boolean | undefined;
  /** Its records say that a wrapper began, whether or not that one's own can be seen. */
  readonly begun?: boolean | undefined;
  /** Awake time the run has taken. */
  readonly elapsedMs: number;
  /** Awake time it may take; null: no limit. */
  readonly limitMs: number | null;
  /** It is judged by its beat alone, not because it is elsewhere, but because its records name no process that we may judge it by. */
  readonly unidentified: boolean;
  /** Since the wrapper's beat was last seen to change. */
  readonly beatAgeMs: number;
  /** The same by the wall clock, for who reads of it: nothing is judged by it. */
  readonly beatWallAgeMs: number;
  /** Since the evidence that the policy asks for was last seen, and how many looks missed it. */
  readonly silentMs: number;
  readonly missedLooks: number;
  /** Since any output, CPU or I/O of the tree was last seen. */
  readonly quietMs: number;
  /** The log is over its cap, or was truncated by the job. */
  readonly logTruncated: boolean;
}

/** An ending that somebody has to carry out; a natural one has no need of that. */
export function isOrder(ending: Ending | undefined): boolean {
  return ending !== undefined && ending.cause !== 'exit';
}

/** The command is between two attempts: it has ended, its wrapper will start it again, and until then it owes no sign of life. */
export function isBetweenAttempts({
  attempt,
  exited,
  ending,
}: Pick<Observation, 'attempt' | 'exited' | 'ending'>): boolean {
  return attempt?.failed !== undefined && attempt.n < attempt.of && !exited && ending === undefined;
}
