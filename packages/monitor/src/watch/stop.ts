import { setTimeout as sleep } from 'node:timers/promises';
import { isSamePidScope, killCgroup, removeCgroup } from '@pm/process';
import type { Attention, OutcomeRecord, RunRecord } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import { conclude } from '../finish/conclude.ts';
import { orderEnding } from '../finish/order-ending.ts';
import { terminateRun } from '../finish/terminate-run.ts';
import { isRecordingExit } from '../judge/decide.ts';
import { ignoreTransient } from '../look/transient-errors.ts';
import { judgeOnce } from './judge-once.ts';
import { watch } from './watch.ts';

export interface StopOptions {
  /** Who asks. */
  readonly by: string;
  /** Why, in the asker's words. */
  readonly reason: string;
  /** Between SIGTERM and SIGKILL, ms; the run's own grace unless given. */
  readonly graceMs?: number;
  /** Send SIGINT first, as Ctrl-C in a terminal does; SIGTERM follows after half of the grace. */
  readonly interrupt?: boolean;
  /** Aborting it skips the rest of the grace. */
  readonly force?: AbortSignal;
  /** Aborting it ends the waiting. The order stays on record, and others carry it out. */
  readonly signal: AbortSignal;
}

/**
 * Ends a run because somebody asked: writes the ending, terminates the whole tree, and waits for the outcome. If
 * another ending is on record already, that one is carried out. Of a run that has ended it terminates the survivors.
 * @returns the outcome. Undefined if there is none yet: the run is on another host or in another pid namespace, which
 *   did not carry the order out in time; it is a foreign run without a known process; the outcome
 *   cannot be written now, because the disk is full or the folder of the run is not writable; or its wrapper, which is
 *   alive, has not recorded the exit in time (it may be suspended)
 */
export async function stop(dir: string, run: RunRecord, options: StopOptions): Promise<OutcomeRecord | undefined> {
  const { by, reason, graceMs, interrupt, force, signal } = options;
  // A run that has ended by itself is not cancelled, whether or not anybody has looked since.
  const judged = ignoreTransient(() => judgeOnce(dir, run, by));
  const manner = {
    tree: undefined,
    by,
    ...(graceMs !== undefined && { graceMs }),
    ...(interrupt === true && { interrupt }),
    ...(force !== undefined && { force }),
  };
  if (judged?.kind === 'ended') {
    const { survivors, outcome } = judged.outcome;
    // The wrapper of a foreign run may have died before anybody looked, and its work goes on.
    const isLeftBehind = run.foreign !== undefined && outcome === 'lost';
    if (survivors.length > 0 || isLeftBehind) await terminateRun(dir, run, { ...manner, also: survivors });
    return judged.outcome;
  }
  const isOurs = run.mirror === undefined && isSamePidScope(run.host);
  // Nobody could carry this order out, and an ending on record without a process to end would count as the outcome.
  if (run.foreign !== undefined && isOurs && !isIdentified(dir, run)) return undefined;
  // The command has ended by itself, and only its exit is not on record yet. That exit stays the ending. What it has left
  // running is terminated all the same.
  const hasEnded = judged?.kind === 'live' && isRecordingExit(judged.look.observation);
  if (!hasEnded) orderEnding(dir, run.id, 'cancelled', by, reason);
  if (!isOurs) {
    const outcome = await endedInTime(dir, run, by, signal);
    if (outcome !== undefined && run.cgroup !== undefined) await endCgroup(run.cgroup, signal);
    return outcome;
  }
  const { survivors } = await terminateRun(dir, run, manner);
  // The command itself may be among the survivors (uninterruptible, or not ours to signal). Then no exit will be
  // recorded.
  if (survivors.length > 0 && !hasEnded) return conclude(dir, run, { by });
  return endedInTime(dir, run, by, signal);
}

/**
 * Elsewhere, a monitor on the run's own host carries the order out, or the wrapper, after a beat or two. Here the wrapper has only
 * to record the exit, but it may be suspended.
 */
async function endedInTime(
  dir: string,
  run: RunRecord,
  by: string,
  signal: AbortSignal,
): Promise<OutcomeRecord | undefined> {
  const { graceMs, beatMs } = run.policy;
  const patience = new AbortController();
  const giveUp = (): void => patience.abort();
  const timer = setTimeout(giveUp, graceMs + 4 * beatMs);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await untilEnded(dir, run, by, patience.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}

const DYING_LOOKS = 100;

/**
 * Kills what is left in the cgroup of a run elsewhere. Its wrapper reaches only the group of the command. The name of the
 * cgroup is that of the run, so nothing else is in it.
 */
async function endCgroup(cgroup: string, signal: AbortSignal): Promise<void> {
  if (removeCgroup(cgroup) || !killCgroup(cgroup)) return;
  for (let look = 0; look < DYING_LOOKS && !signal.aborted && !removeCgroup(cgroup); look += 1) await sleep(20);
}

const NOT_RECORDED: ReadonlySet<Attention> = new Set(['disk-full', 'unwritable']);

async function untilEnded(
  dir: string,
  run: RunRecord,
  by: string,
  signal: AbortSignal,
): Promise<OutcomeRecord | undefined> {
  for await (const event of watch(dir, [run], { signal, by })) {
    if (event.type === 'ended') return event.outcome;
    if (event.type === 'failed') throw event.error;
    // All processes are gone. Whoever looks once the records can be written again writes the outcome, so nobody has to
    // wait for that.
    if (event.type === 'attention' && NOT_RECORDED.has(event.trouble.attention)) return undefined;
  }
  return undefined;
}

/** A foreign run reads no ending, and nobody signals a process that cannot be identified. */
function isIdentified(dir: string, run: RunRecord): boolean {
  return presentIn(readRun(dir, run.id).command) !== undefined;
}
