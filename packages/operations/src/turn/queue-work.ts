import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { directoryPaths, type QueuedRecord, type RunRecord } from '@pm/protocol';
import {
  addWork,
  closeWork,
  openWork,
  presentIn,
  queuedSteps,
  readQueued,
  statOf,
  watchFolders,
} from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { notedIds } from '../elsewhere/entries.ts';
import type { Context } from '../project/context.ts';
import { type Conducted, readConducted } from '../queue/conductor.ts';
import { readinessOf } from '../queue/dependencies.ts';
import { keepInLine } from '../queue/keep-in-line.ts';
import { openQueue } from '../queue/open-queue.ts';
import { workOf } from '../queue/queue-folder.ts';
import { dispatch } from './dispatch.ts';

/** What is kept of a run that waits, for ten thousand of them: not its environment. */
type Waiting = Pick<QueuedRecord, 'id' | 'after'> & {
  readonly folder: string;
  /** As which its record was read; only of one that waits for others. */
  readonly mtimeMs?: number | undefined;
};

/** How often to look although nothing was heard: a run in another directory may have ended. */
const LOOK_MS = 1_000;
/** How often to ask who conducts batches. */
const CONDUCTED_MS = 500;
/** How often to check that all waiting runs are in line. With thousands that takes long, so it takes one part in `REPAIR_SHARE` of the time. */
const REPAIR_MS = 5_000;
const REPAIR_SHARE = 300;

/** The queues that runs of one directory wait in. Any process may work on them at the same time. */
export interface QueueWork {
  /** Starts what is due, now or soon. Returns at once and never throws. */
  readonly turn: () => void;
  /** True while a run of this directory waits in a queue, or runs in one of its slots. */
  readonly isLeft: () => boolean;
  /** True if a live `pm batch` conducts the run: it starts what has its turn, and judges the run. */
  readonly isConducted: (run: RunRecord) => boolean;
}

// Why: contributing/decisions/2026-11-29-a-queue-of-files.md
/** Keeps the runs of a directory in line, and starts what has its turn in their queues, even if it is a run of another directory. */
export function openQueueWork(dir: string, context: Context): Omit<QueueWork, 'isLeft'> {
  const queues = new Map<string, { readonly queue: Queue; readonly close: () => void }>();
  let conducted: Conducted = readConducted(dir);
  const waiting = new Map<string, Waiting>();
  let looking: Promise<void> | undefined;
  let isHeard = true;
  /** Runs have come or gone here, or have ended: others may wait for them. */
  let isChanged = true;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let repairAtMs = Number.NEGATIVE_INFINITY;
  let conductedAtMs = performance.now();
  const { ended, queued } = directoryPaths(dir);
  let stopHearing: (() => void) | undefined;

  const hear = (): void => {
    isHeard = true;
    turn();
  };
  const hearOfOwn = (): void => {
    isChanged = true;
    hear();
  };
  const queueIn = (folder: string): Queue => {
    const known = queues.get(folder);
    if (known !== undefined) return known.queue;
    const queue = openQueue(folder, dir);
    queues.set(folder, { queue, close: queue.subscribe(hear) });
    return queue;
  };
  const leave = (folder: string): void => {
    queues.get(folder)?.close();
    queues.delete(folder);
  };
  const lookForConductors = (): Conducted => {
    if (performance.now() - conductedAtMs >= CONDUCTED_MS) {
      conducted = readConducted(dir);
      conductedAtMs = performance.now();
    }
    return conducted;
  };
  const mtimeOf = (step: string): number | undefined => statOf(`${queued}/${step}`)?.mtimeMs;
  /** Another run of the step may wait in the place of one that was stopped. Of those that wait for nobody, `repair` finds it out. */
  const isKnown = (step: string): boolean => {
    const entry = waiting.get(step);
    return entry !== undefined && (entry.after === undefined || entry.mtimeMs === mtimeOf(step));
  };
  const readWaiting = (): void => {
    const steps = new Set(queuedSteps(dir));
    for (const step of waiting.keys()) if (!steps.has(step)) waiting.delete(step);
    for (const step of steps) {
      if (isKnown(step)) continue;
      waiting.delete(step);
      const mtimeMs = mtimeOf(step); // first: if the record is replaced now, the next look reads it again
      const record = presentIn(readQueued(dir, step));
      if (record === undefined) continue;
      const { id, after, queue } = record;
      waiting.set(step, { id, folder: queue.folder, ...(after !== undefined && { after, mtimeMs }) });
      addWork(dir, workOf(queue.folder), queue.folder);
    }
  };
  /** What an engine has taken is noted elsewhere. So nobody has to ask one that may be gone for good. */
  const isOver = (folder: string): boolean =>
    engineQueueIn(folder) !== undefined && ![...waiting.values()].some((entry) => entry.folder === folder);
  const repair = async (folder: string, queue: Queue): Promise<void> => {
    const list = engineQueueIn(folder) === undefined ? await queue.list() : undefined;
    const known = list === undefined ? notedIds(dir) : new Set([...list.waiting, ...list.running].map(({ id }) => id));
    const own = [...waiting].filter(([, entry]) => entry.folder === folder);
    for (const [step, { id, after }] of own) {
      if (known.has(id) || after !== undefined) continue;
      const record = presentIn(readQueued(dir, step));
      if (record?.id === id) await keepInLine(dir, record, queue);
      else waiting.delete(step); // it has begun, and another run of the step waits
    }
    if (own.length > 0 || list?.running.some((entry) => entry.dir === dir) === true) return;
    closeWork(dir, workOf(folder));
    leave(folder);
  };
  /** Those that wait for others, and are in line as soon as these are over. */
  const lineUpDependants = async (): Promise<void> => {
    const known = new Map<string, string>();
    for (const [step, { id, after, folder }] of waiting) {
      if (after === undefined || (await readinessOf(dir, { after }, known)).kind === 'waiting') continue;
      const record = presentIn(readQueued(dir, step));
      if (record?.id === id) {
        await keepInLine(dir, record, queueIn(folder), known);
        waiting.set(step, { id, folder });
      } else waiting.delete(step); // another run of the step waits, and the next look reads it
    }
  };
  const look = async (): Promise<void> => {
    const now = performance.now();
    const isRepair = now >= repairAtMs;
    const { folders } = lookForConductors();
    // While others conduct, each of their runs would wake this process several times.
    if (folders.size > 0) {
      stopHearing?.();
      stopHearing = undefined;
    }
    const isOwn = isChanged || isRepair || folders.size > 0;
    isHeard = false;
    isChanged = false;
    lookedAtMs = now;
    const failures: unknown[] = [];
    // One queue that cannot be written does not hold up the others.
    const attempt = (work: () => Promise<void>): Promise<unknown> => work().catch((error) => failures.push(error));
    if (isOwn) {
      readWaiting();
      await attempt(lineUpDependants);
    }
    // Without the time in which runs were started: while many are due, that takes minutes.
    let repairMs = 0;
    for (const folder of foldersIn(dir)) {
      if (isOwn && isOver(folder)) {
        closeWork(dir, workOf(folder));
        leave(folder);
        continue;
      }
      const isLeft = folders.has(folder);
      if (isLeft) leave(folder);
      await attempt(async () => {
        const queue = isLeft ? openQueue(folder, dir) : queueIn(folder);
        if (!isLeft) await dispatch(queue, context);
        const beganMs = performance.now();
        if (isRepair) await repair(folder, queue);
        repairMs += performance.now() - beganMs;
      });
    }
    if (isRepair) repairAtMs = performance.now() + Math.max(REPAIR_MS, repairMs * REPAIR_SHARE);
    if (failures.length > 0) throw failures[0];
  };
  const turn = (): void => {
    // Hears of runs that end before they are judged, and of those that come or go in line.
    if (lookForConductors().folders.size === 0) stopHearing ??= watchFolders([ended, queued], hearOfOwn);
    if (looking !== undefined || context.signal.aborted) return;
    if (!isHeard && performance.now() - lookedAtMs < LOOK_MS) return;
    looking = look()
      // A full disk, or a directory that is gone. The next look tries again, but not at once: the watches hear our own attempts.
      .catch(() => sleep(LOOK_MS, undefined, { signal: context.signal }).catch(() => {}))
      .finally(() => {
        looking = undefined;
        if (isHeard) setImmediate(turn);
      });
  };
  context.signal.addEventListener('abort', () => {
    stopHearing?.();
    for (const { close } of queues.values()) close();
  });
  const isConducted = ({ batch }: RunRecord): boolean =>
    batch !== undefined && lookForConductors().batches.has(batch.id);
  return { turn, isConducted };
}

/** The folders of the queues in which runs of this directory are, as their work says. */
function foldersIn(dir: string): string[] {
  return openWork(dir)
    .filter((name) => name.startsWith('queue.'))
    .flatMap((name) => {
      try {
        const folder = readFileSync(`${directoryPaths(dir).work}/${name}`, 'utf8');
        return (isAbsolute(folder) || engineQueueIn(folder) !== undefined) && workOf(folder) === name ? [folder] : [];
      } catch {
        return []; // another resident has just closed it
      }
    });
}
