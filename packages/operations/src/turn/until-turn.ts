import { setTimeout as sleep } from 'node:timers/promises';
import { directoryPaths, type QueuedRecord, type RunRecord } from '@pm/protocol';
import { hasQueued, presentIn, readQueued, watchFolders } from '@pm/protocol/fs';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { withNews, withNewsOfAll } from '../elsewhere/news-follower.ts';
import type { Context } from '../project/context.ts';
import { isOwnDirectory } from '../project/known-directories.ts';
import { idsInLine, keepAllInLine } from '../queue/keep-in-line.ts';
import { openQueue } from '../queue/open-queue.ts';
import { findBegun } from '../runs/find-run.ts';
import { dispatchOne } from './dispatch.ts';

/** How often to look although nothing was heard. */
const LOOK_MS = 1_000;
/** How often to look whether all of them are in line. One that could not start at its turn no longer is. */
const REPAIR_MS = 5_000;
/** With more runs than this, something is heard all the time, so each look is followed by a pause. It is longer for more runs. */
const MANY = 100;
const PAUSE_MS = 20;
const RUNS_PER_MS = 20;

/**
 * Waits until runs have begun, or have ended before that. Meanwhile this process starts whatever has its turn, as the resident does, unless
 * this user has started nothing in the directory.
 * @param isEnough asked after each look; true ends the waiting
 * @returns the runs that have begun, by id. One is missing if the signal was aborted first, or if its records were deleted
 */
export function untilTurn(
  dir: string,
  records: readonly QueuedRecord[],
  context: Context,
  isEnough: (begun: ReadonlyMap<string, RunRecord>) => boolean = () => false,
): Promise<ReadonlyMap<string, RunRecord>> {
  // One that waits for other runs is given to its engine later.
  const isElsewhere = records.some(({ queue }) => engineQueueIn(queue.folder) !== undefined);
  return (isElsewhere ? withNewsOfAll : withNews)(dir, () => begunRuns(dir, records, context, isEnough));
}

async function begunRuns(
  dir: string,
  records: readonly QueuedRecord[],
  context: Context,
  isEnough: (begun: ReadonlyMap<string, RunRecord>) => boolean,
): Promise<ReadonlyMap<string, RunRecord>> {
  const { signal } = context;
  const begun = new Map<string, RunRecord>();
  let left = [...records];
  const look = (): void => {
    left = left.filter((record) => {
      const isWaiting = hasQueued(dir, record.step);
      const run = findBegun(dir, record);
      if (run !== undefined) begun.set(record.id, run);
      return run === undefined && isWaiting;
    });
  };
  // Those that they wait for may be in another queue, and nobody else may look after them.
  let ahead = queuedAhead(dir, records);
  const isOurs = isOwnDirectory(dir, context.env);
  const folders = isOurs ? [...new Set([...records, ...ahead].map(({ queue }) => queue.folder))] : [];
  const queues = new Map(folders.map((folder) => [folder, openQueue(folder, dir)]));
  let repairAtMs = Number.NEGATIVE_INFINITY;
  let wake = (): void => {};
  const hear = (): void => wake();
  const closing = [
    ...[...queues.values()].map((queue) => queue.subscribe(hear)),
    watchFolders([directoryPaths(dir).queued, directoryPaths(dir).ended], hear),
  ];
  signal.addEventListener('abort', hear);
  try {
    while (!signal.aborted) {
      const heard = new Promise<void>((resolve) => {
        wake = resolve;
      });
      look();
      if (left.length === 0 || isEnough(begun)) return begun;
      const isRepair = performance.now() >= repairAtMs;
      if (isRepair) repairAtMs = performance.now() + REPAIR_MS;
      ahead = ahead.filter(({ step }) => hasQueued(dir, step));
      let isStarted = false;
      let isFaulty = false;
      for (const [folder, queue] of queues) {
        try {
          // Nobody else may look after a run that waits for others, or for fewer live runs.
          const own = [...ahead, ...left].filter(
            ({ queue: { folder: its }, after, asked }) =>
              its === folder && (isRepair || after !== undefined || asked.bounds !== undefined),
          );
          if (own.length > 0) await keepAllInLine(dir, own, queue, await idsInLine(dir, folder, queue));
          isStarted = (await dispatchOne(queue, context)) === undefined || isStarted;
        } catch (error) {
          // A full disk, or a folder that cannot be used. The runs wait all the same.
          if (typeof Object(error).code !== 'string') throw error;
          isFaulty = true;
        }
      }
      // The next look tries again, but not at once: the watches hear our own attempts.
      if (isFaulty) await sleep(LOOK_MS, undefined, { signal }).catch(() => {});
      if (isStarted) continue; // it may have been one of ours, and another one may be due
      const timer = setTimeout(hear, LOOK_MS);
      await heard;
      clearTimeout(timer);
      // First of all, as a slot may be free: a look at many runs takes longer than a start. What fails here fails again below.
      for (const queue of queues.values()) await dispatchOne(queue, context).catch(() => {});
      if (left.length > MANY) await sleep(PAUSE_MS + left.length / RUNS_PER_MS);
    }
    look();
    return begun;
  } finally {
    signal.removeEventListener('abort', hear);
    for (const close of closing) close();
  }
}

/** The runs in line that runs wait for, and those that these wait for. */
function queuedAhead(dir: string, records: readonly QueuedRecord[]): QueuedRecord[] {
  const seen = new Set(records.map(({ id }) => id));
  const found: QueuedRecord[] = [];
  const following = [...records];
  for (let record = following.pop(); record !== undefined; record = following.pop()) {
    for (const { step, id } of record.after ?? []) {
      if (seen.has(id)) continue;
      seen.add(id);
      const ahead = presentIn(readQueued(dir, step));
      if (ahead?.id !== id) continue;
      found.push(ahead);
      following.push(ahead);
    }
  }
  return found;
}
