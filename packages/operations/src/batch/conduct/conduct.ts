import { existsSync } from 'node:fs';
import { judgeOnce } from '@pm/monitor';
import { type OutcomeRecord, type QueuedRecord, type RunRecord, runPaths } from '@pm/protocol';
import { presentIn, readOutcome, readQueued, readRunRecord } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import type { Context } from '../../project/context.ts';
import { idsInLine, keepAllInLine } from '../../queue/keep-in-line.ts';
import { beginDispatch, type Dispatched } from '../../turn/dispatch.ts';
import { cancelWaiting } from './cancel-waiting.ts';
import { hearing } from './hearing.ts';
import { watchLong } from './watch-long.ts';

/** The most lines of a batch that are in line at a time. With more, each look at the queue takes longer, and nothing starts sooner. */
const WINDOW = 100;
/** How often to look although nothing was heard. */
const LOOK_MS = 1_000;
/** How often to look whether all lines are in line or running. */
const REPAIR_MS = 5_000;
/** How often to show what runs, on a terminal, if something is heard all the time. */
const SHOW_MS = 200;
/** A run that takes longer is watched, so that a hang is noticed. */
const LONG_MS = 2_000;

/** A line that waits for its turn or runs. */
export interface Job {
  readonly key: string;
  readonly step: string;
  readonly id: string;
}

/** How a job ended; without an outcome, its records were deleted meanwhile. */
export interface Ended {
  readonly job: Job;
  readonly outcome: OutcomeRecord | undefined;
}

/** What a batch is run with. */
export interface Conducting {
  readonly dir: string;
  readonly queue: Queue;
  /** Where the queue is kept. */
  readonly folder: string;
  /** How many of the queue's runs go at a time. */
  readonly slots: number;
  /** Jobs of an earlier call that are still in line or running. */
  readonly adopted: readonly Job[];
  /** Puts the next line on record and returns it; undefined if there is none. */
  readonly enqueueNext: () => Promise<QueuedRecord | undefined>;
  /** Told of each ending, in order. True: no more is to be started. */
  readonly ended: (ended: Ended) => Promise<boolean>;
  /** Whether `ended` may say so. Then nothing is started before all endings until then were told. */
  readonly mayStop: boolean;
  /** Told about once a second what runs. */
  readonly looked: (
    running: readonly { readonly step: string; readonly sinceMs: number }[],
    why?: string,
  ) => Promise<void>;
  /** Called on each turn, at least once a second unless something holds this process up. */
  readonly beat: () => void;
}

// Why: contributing/decisions/2026-11-29-a-batch-keeps-a-window-in-line.md
/**
 * Runs a batch: keeps a window of its lines in the queue, starts whatever has its turn, and tells the endings, until all have ended or
 * the signal aborts. Then what is in line stays there.
 * @returns the jobs that are still in line or running
 */
export async function conduct(batch: Conducting, context: Context): Promise<readonly Job[]> {
  const { dir, queue, folder, slots, adopted, enqueueNext, ended, mayStop, looked, beat } = batch;
  const { signal } = context;
  const jobs = new Map<string, Job>(adopted.map((job) => [job.id, job]));
  const begunMs = new Map<string, number>();
  let isFed = false;
  let isStopping = false;
  let repairAtMs = Number.NEGATIVE_INFINITY;
  let lookedMs = Number.NEGATIVE_INFINITY;
  let collectedMs = performance.now();
  const launching = new Set<Promise<unknown>>();
  const failed: unknown[] = [];

  const isFull = (): boolean => isFed || isStopping || jobs.size >= Math.max(WINDOW, 2 * slots);
  const feed = async (): Promise<boolean> => {
    const before = jobs.size;
    for (let portion = slots + 1; portion > 0 && !isFull(); portion--) {
      const record = await enqueueNext();
      if (record === undefined) isFed = true;
      else jobs.set(record.id, { key: record.batch?.key ?? '', step: record.step, id: record.id });
    }
    return jobs.size > before;
  };
  /** The queue frees a slot by either file. */
  const mayHaveEnded = ({ id }: Job): boolean => {
    const paths = runPaths(dir, id);
    return existsSync(paths.ended) || (mayStop && existsSync(paths.outcome));
  };
  const collect = async (): Promise<void> => {
    // An ending is heard, and shows by one look for each job. The rest of the records is for what is never announced.
    const isThorough = performance.now() - collectedMs >= LOOK_MS;
    if (isThorough) collectedMs = performance.now();
    for (const job of jobs.values()) {
      const outcome = isThorough || mayHaveEnded(job) ? endingOf(dir, job) : 'none';
      if (outcome === 'none') continue;
      jobs.delete(job.id);
      begunMs.delete(job.id);
      const isEnough = await ended({ job, outcome: outcome === 'gone' ? undefined : outcome });
      if (isEnough && !isStopping) {
        isStopping = true;
        await cancelWaiting(dir, queue, jobs.values(), BY);
      }
    }
  };
  /** What has its turn is launched while others end: of short runs, the shell before the command takes most of the time. */
  const start = async (): Promise<Dispatched['none']> => {
    if (failed.length > 0) throw failed[0];
    // A slot may be free because a line has failed since the last look: then the next line waits until that is counted.
    const { none, launches } = await beginDispatch(queue, context, mayStop ? collect : undefined);
    for (const one of launches) {
      const launch = one.catch((error: unknown) => failed.push(error)).finally(() => launching.delete(launch));
      launching.add(launch);
    }
    return none;
  };
  const look = async (why?: string): Promise<void> => {
    if (performance.now() - lookedMs < (context.reportEveryMs === undefined ? LOOK_MS : SHOW_MS)) return;
    lookedMs = performance.now();
    const { running } = await queue.list(0);
    for (const { id } of running) if (jobs.has(id) && !begunMs.has(id)) begunMs.set(id, sinceMs(dir, id));
    await looked(
      [...begunMs].map(([id, since]) => ({ step: jobs.get(id)?.step ?? '', sinceMs: since })),
      why,
    );
  };
  /** A line that could not start at its turn is no longer in line: another run of its step was live, or a disk was full. */
  const repair = async (): Promise<void> => {
    if (performance.now() < repairAtMs) return;
    repairAtMs = performance.now() + REPAIR_MS;
    if (isStopping) await cancelWaiting(dir, queue, jobs.values(), BY);
    else await keepAllInLine(dir, [...jobs.values()], queue, await idsInLine(dir, folder, queue));
  };
  const heard = hearing(dir, signal);
  const watching = watchLong(dir, BY, () => longIn(dir, begunMs));
  try {
    while (!signal.aborted) {
      beat();
      const none = await start(); // first of all: a slot may be free
      await collect();
      const hasMore = await feed();
      await repair();
      if (jobs.size === 0 && (isFed || isStopping)) break;
      await look(none.why === 'machine' ? none.evidence : none.why === 'paused' ? 'the queue is paused' : undefined);
      const isNothingDue = isFull() && (!hasMore || none.why === 'full');
      if (isNothingDue && !heard.isPending()) await heard.wait(LOOK_MS);
      heard.clear();
    }
    return [...jobs.values()];
  } finally {
    heard.close();
    watching.end();
    await Promise.all(launching);
  }
}

/** `gone`: neither waiting nor on record. A run is on record before it waits no longer, so this order of looks shows it. */
function endingOf(dir: string, { id, step }: Job): OutcomeRecord | 'none' | 'gone' {
  const { ended, folder } = runPaths(dir, id);
  if (existsSync(ended)) {
    const run = presentIn(readRunRecord(dir, id));
    const judged = run === undefined ? undefined : judgeOnce(dir, run, BY);
    return judged?.kind === 'ended' ? judged.outcome : 'none';
  }
  if (existsSync(folder)) return presentIn(readOutcome(dir, id)) ?? 'none';
  const isWaiting = presentIn(readQueued(dir, step))?.id === id;
  return isWaiting || existsSync(folder) ? 'none' : 'gone';
}

const BY = `pm batch ${process.pid}`;

function sinceMs(dir: string, id: string): number {
  return presentIn(readRunRecord(dir, id))?.createdAt ?? Date.now();
}

function longIn(dir: string, begunMs: ReadonlyMap<string, number>): RunRecord[] {
  const long = [...begunMs].filter(([, since]) => Date.now() - since > LONG_MS);
  return long.flatMap(([id]) => presentIn(readRunRecord(dir, id)) ?? []);
}
