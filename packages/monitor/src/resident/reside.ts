import { existsSync } from 'node:fs';
import { directoryPaths, type RunRecord } from '@pm/protocol';
import { discoverRuns } from '../watch/discover-runs.ts';
import type { WatchEvent } from '../watch/watch.ts';
import { watchDirectory } from '../watch/watch-directory.ts';
import { elect, type Residency } from './election.ts';

/** What a resident does beside judging, such as telling people. It stays as long as something of it is left. */
export interface ResidentWork {
  /** Called on each turn, and after each event of a run. It begins what is due, returns at once, and never throws. */
  readonly turn: (event?: WatchEvent) => void;
  /** True while something is left to do. */
  readonly isLeft: () => boolean;
  /** True if another live process judges the run now, such as the one that runs its batch. */
  readonly isLeftToOthers?: (run: RunRecord) => boolean;
}

export interface ResideOptions {
  readonly signal: AbortSignal;
  /** Name and version of the program, such as `pm 1.2.0`. A newer one replaces this resident. */
  readonly program: string;
  /** How long to stay when no run is live, ms. */
  readonly lingerMs?: number;
  readonly work?: ResidentWork;
}

const NO_WORK: ResidentWork = { turn: () => {}, isLeft: () => false };

/** Runs often follow one another. A new resident for each would cost more than a few idle seconds. */
const LINGER_MS = 5_000;

/**
 * Nobody waits for the resident. It lets others go first: the start that it hears of, and a waiter that concludes a
 * run.
 */
const COURTESY_MS = 100;

// Why: contributing/decisions/2026-11-23-a-resident-that-owns-nothing.md
/**
 * The resident monitor: judges every run of the directory as long as any is live, so that limits and hangs are noticed
 * while nobody waits. Any waiter can do the same work, so residents may be doubled or killed at any instant.
 *
 * It leaves when no run was live and no work left for a while, when a newer resident was elected, and when the directory is gone. It
 * ignores runs of a newer version: whoever began those runs has also started a resident that can read them, and that
 * one replaces this one.
 * @returns when it has left, or at once if there is another resident
 */
export async function reside(dir: string, options: ResideOptions): Promise<void> {
  const { signal, program, lingerMs = LINGER_MS, work = NO_WORK } = options;
  for (let mine = elect(dir, program); mine !== undefined; mine = elect(dir, program)) {
    const isDone = await judgeUntilIdle(dir, mine, { signal, program, lingerMs, work });
    if (!mine.holds()) return;
    mine.release();
    // A run may have begun, or work come, between the last look and the release, while others still saw a resident: look
    // once more.
    if (isDone || (discoverRuns(dir).newRuns().length === 0 && !work.isLeft())) return;
  }
}

/** Judges until no run is live. True if this resident has to leave even if some are. */
async function judgeUntilIdle(dir: string, mine: Residency, options: Required<ResideOptions>): Promise<boolean> {
  const { signal, lingerMs, program, work } = options;
  let isDone = false;
  const enough = (): boolean => {
    isDone ||= !mine.holds() || !existsSync(directoryPaths(dir).runs);
    if (!isDone) work.turn();
    return isDone;
  };
  const by = `resident ${process.pid} (${program})`;
  const { isLeft: isBusy, isLeftToOthers = () => false } = work;
  const watching = { signal, by, lingerMs, courtesyMs: COURTESY_MS, enough, isBusy, isLeftToOthers };
  for await (const event of watchDirectory(dir, watching)) work.turn(event);
  return isDone || signal.aborted;
}
