import { isSamePidScope } from '@pm/process';
import type { OutcomeRecord, RunRecord } from '@pm/protocol';
import { presentIn, readRun } from '@pm/protocol/fs';
import { conclude, orderEnding } from '../finish/conclude.ts';
import { terminateRun } from '../finish/terminate-run.ts';
import { ignoreTransient } from '../look/transient-errors.ts';
import { judgeOnce } from './judge-once.ts';
import { watch } from './watch.ts';

export interface StopOptions {
  /** Who asks. */
  readonly by: string;
  /** Why, in the asker's words. */
  readonly reason: string;
  /** Between the polite and the forceful signal; the run's own unless given. */
  readonly graceMs?: number;
  /** Aborting it skips the rest of the grace. */
  readonly force?: AbortSignal;
  /** Gives up waiting; the order stands and others carry it out. */
  readonly signal: AbortSignal;
}

/**
 * Ends a run because somebody asked: links the ending, terminates the whole tree, and waits for the outcome.
 * If another cause came first, that one stands and is carried out now. Of a run that has ended it ends what survived it.
 * @returns the outcome, or undefined if the run has only got its order: in another host or pid namespace that did not carry it out in
 *   time, a foreign one of no known process, or one that has ended on a disk too full for its outcome
 */
export async function stop(dir: string, run: RunRecord, options: StopOptions): Promise<OutcomeRecord | undefined> {
  const { by, reason, graceMs, force, signal } = options;
  // A run that has ended by itself is not cancelled, whether or not anybody has looked since.
  const judged = ignoreTransient(() => judgeOnce(dir, run, by));
  const manner = {
    tree: undefined,
    by,
    ...(graceMs !== undefined && { graceMs }),
    ...(force !== undefined && { force }),
  };
  if (judged?.kind === 'ended') {
    const { survivors } = judged.outcome;
    if (survivors.length > 0) await terminateRun(dir, run, { ...manner, also: survivors });
    return judged.outcome;
  }
  const isOurs = isSamePidScope(run.host);
  // Nobody could carry that order out, and an ending that nobody has carried out would say that it is over.
  if (run.foreign !== undefined && isOurs && !isIdentified(dir, run)) return undefined;
  orderEnding(dir, run.id, 'cancelled', by, reason);
  if (!isOurs) return endedElsewhere(dir, run, by, signal);
  const { survivors } = await terminateRun(dir, run, manner);
  // The command itself may be among the survivors (uninterruptible, or not ours to signal): its exit will not come.
  if (survivors.length > 0) return conclude(dir, run, { by });
  return untilEnded(dir, run, by, signal);
}

/** Its own side carries the order out: a monitor there, or the wrapper, which gives it a beat or two first. */
async function endedElsewhere(
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

async function untilEnded(
  dir: string,
  run: RunRecord,
  by: string,
  signal: AbortSignal,
): Promise<OutcomeRecord | undefined> {
  for await (const event of watch(dir, [run], { signal, by })) {
    if (event.type === 'ended') return event.outcome;
    if (event.type === 'failed') throw event.error;
    // All of it is gone, and whoever looks when there is room again will write that down: nobody has to stay for it.
    if (event.type === 'attention' && event.trouble.attention === 'disk-full') return undefined;
  }
  return undefined;
}

/** A foreign writer reads no ending of ours, and a process that cannot be identified is signalled by nobody. */
function isIdentified(dir: string, run: RunRecord): boolean {
  return presentIn(readRun(dir, run.id).command) !== undefined;
}
