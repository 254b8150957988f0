import { existsSync } from 'node:fs';
import { directoryPaths } from '@pm/protocol';
import { discoverRuns } from '../watch/discover-runs.ts';
import { watchDirectory } from '../watch/watch-directory.ts';
import { elect, type Residency } from './election.ts';

export interface ResideOptions {
  readonly signal: AbortSignal;
  /** Name and version of the program, for the record and for whoever succeeds it. */
  readonly program: string;
  /** How long to stay when nothing is live, ms. */
  readonly lingerMs?: number;
}

/** Runs often come one after another: a new process for each would cost more than a few idle seconds. */
const LINGER_MS = 5_000;

/** Nobody waits for the resident: it neither slows the start that it hears of nor races a waiter to the conclusion. */
const COURTESY_MS = 100;

// Why: contributing/decisions/2026-11-23-a-resident-that-owns-nothing.md
/**
 * Judges every run of the directory as long as any is live: deadlines, hung, conclusions, with nobody waiting. It owns no duty
 * that others could not take over, so it may be doubled or killed at any instant.
 *
 * It leaves when nothing was live for a while, when a newer one was elected, and when the directory is gone. Runs of a newer version
 * it leaves alone and judges its own: whoever began those runs has brought a resident that can read them, and succeeded this one.
 */
export async function reside(dir: string, { signal, program, lingerMs = LINGER_MS }: ResideOptions): Promise<void> {
  for (let mine = elect(dir, program); mine !== undefined; mine = elect(dir, program)) {
    const isDone = await judge(dir, mine, { signal, program, lingerMs });
    if (!mine.holds()) return;
    mine.release();
    // Between the last look and the release a run may have begun whose starter saw a resident: look once more.
    if (isDone || discoverRuns(dir).newRuns().length === 0) return;
  }
}

/** Until nothing is live. True if there is nothing more to be done here, whatever may be live. */
async function judge(dir: string, mine: Residency, options: Required<ResideOptions>): Promise<boolean> {
  const { signal, lingerMs, program } = options;
  let isDone = false;
  const enough = (): boolean => {
    isDone ||= !mine.holds() || !existsSync(directoryPaths(dir).runs);
    return isDone;
  };
  const by = `resident ${process.pid} (${program})`;
  for await (const _ of watchDirectory(dir, { signal, by, lingerMs, courtesyMs: COURTESY_MS, enough }));
  return isDone || signal.aborted;
}
