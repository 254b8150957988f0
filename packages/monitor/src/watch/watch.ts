import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { thisPidScope } from '@pm/process';
import { directoryPaths, type OutcomeRecord, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { applyVerdict } from '../finish/apply-verdict.ts';
import { conclude } from '../finish/conclude.ts';
import type { Trouble } from '../judge/attention.ts';
import { glanceIntervalMs, nextLookMs, RETRY_MS } from '../judge/look-interval.ts';
import { isUnwritable } from '../judge/observation.ts';
import type { Verdict } from '../judge/verdict.ts';
import { dueRuns } from '../look/due-runs.ts';
import type { Look } from '../look/observe.ts';
import { type Snapshot, takeSnapshot } from '../look/snapshot.ts';
import { ignoreTransient, unlessRefused } from '../look/transient-errors.ts';
import { type Waker, wakerOn } from '../look/waker.ts';
import { newWatchedRun, type WatchedRun } from '../look/watched-run.ts';
import { sourceOf } from '../source/source-of.ts';
import { writeTrace } from '../source/trace.ts';
import { judge } from './judge-once.ts';
import { newRefusal, newTroubles } from './new-troubles.ts';

export interface WatchOptions {
  /** Ends the watching, never a run. */
  readonly signal: AbortSignal;
  /** Who watches: named in the endings and events it writes. */
  readonly by: string;
  /** Asked on every turn for runs that began since. The watching ends once all runs have ended. */
  readonly discover?: () => readonly RunRecord[];
  /**
   * How long to let others go first after a change, ms: the `start` that is busy with the run, a waiter that somebody
   * waits for.
   */
  readonly courtesyMs?: number;
}

/** What a watcher reports, in order. The end of each run is reported once. */
export type WatchEvent =
  /** A look and its verdict, before the verdict is applied. */
  | { readonly type: 'look'; readonly run: RunRecord; readonly look: Look; readonly verdict: Verdict }
  /** A live run wants a decision. Reported once per episode, by all waiters together, if they use `markNotified`. */
  | { readonly type: 'attention'; readonly run: RunRecord; readonly look: Look; readonly trouble: Trouble }
  | { readonly type: 'ended'; readonly run: RunRecord; readonly outcome: OutcomeRecord }
  /** Its records were deleted: nothing can be judged or recorded any more. */
  | { readonly type: 'vanished'; readonly run: RunRecord }
  /**
   * It cannot be judged or concluded, for example because its outcome is malformed. It is not watched any longer; the
   * others are.
   */
  | { readonly type: 'failed'; readonly run: RunRecord; readonly error: unknown };

/**
 * Watches runs until all have ended or the signal aborts: looks at them, judges them, and applies the verdicts. Any
 * number of watchers may do so at once, in any process, because each record is created once. After it returns nothing
 * of it keeps the process alive.
 */
export async function* watch(
  dir: string,
  runs: readonly RunRecord[],
  { signal, by, discover, courtesyMs = 0 }: WatchOptions,
): AsyncGenerator<WatchEvent, void, void> {
  const live = new Set(runs.map((run) => newWatchedRun(dir, run)));
  const unpublished = new Set<RunRecord>();
  const scope = thisPidScope();
  const waker = wakerOn(foldersOf(dir, discover === undefined ? runs : undefined));
  try {
    while ((live.size > 0 || unpublished.size > 0) && !signal.aborted) {
      for (const run of discover?.() ?? []) live.add(newWatchedRun(dir, run));
      const snapshot = takeSnapshot(scope);
      for (const watched of dueRuns(dir, live, snapshot)) {
        try {
          yield* lookAt(dir, watched, live, snapshot, by, waker);
          if (discover !== undefined && !live.has(watched)) unpublished.add(watched.run);
        } catch (error) {
          // A watcher of all runs tries again later, when the fault may be gone. A waiter for some runs is told.
          watched.dueAtMs = snapshot.monotonicMs + RETRY_MS;
          if (discover !== undefined && !(error instanceof PmError)) continue;
          live.delete(watched);
          yield { type: 'failed', run: watched.run, error };
        }
      }
      publishLate(dir, unpublished, by);
      if (live.size === 0 && unpublished.size === 0) return;
      const retryAtMs = unpublished.size > 0 ? snapshot.monotonicMs + RETRY_MS : Number.POSITIVE_INFINITY;
      const nextAtMs = Math.min(retryAtMs, ...[...live].map(({ dueAtMs }) => dueAtMs));
      await waker.wait(Math.min(Math.max(nextAtMs - performance.now(), 1), glanceIntervalMs(live.size)), signal);
      await letOthersGoFirst(dir, live, waker, courtesyMs, signal);
    }
  } finally {
    waker.close();
  }
}

/** Looks at one run, reports it, and applies the verdict. A run that is over or gone is removed from `live`. */
function* lookAt(
  dir: string,
  watched: WatchedRun,
  live: Set<WatchedRun>,
  snapshot: Snapshot,
  by: string,
  waker: Waker,
): Generator<WatchEvent, void, void> {
  const { run } = watched;
  const judged = ignoreTransient(() => judge(dir, run, snapshot, watched.look, watched.plannedMs));
  if (judged === undefined || !existsSync(runPaths(dir, run.id).folder)) {
    watched.dueAtMs = snapshot.monotonicMs + RETRY_MS;
    if (judged === undefined) return;
    live.delete(watched);
    yield { type: 'vanished', run };
    return;
  }
  const { look, verdict } = judged;
  const isUnsettled = verdict.verdict === 'waiting' || isUnwritable(look.observation);
  const troubles = isUnsettled ? newTroubles(dir, watched, look) : [];
  leaveTraceAndPlan(dir, watched, look, troubles.length > 0, live.size);
  yield { type: 'look', run, look, verdict };
  for (const trouble of troubles) yield { type: 'attention', run, look, trouble };
  // The kernel takes milliseconds to close a watch. It can do so while the last outcome is written.
  if (verdict.verdict === 'ended' && live.size === 1) waker.close();
  let fault: unknown;
  const noteFault = (error: unknown): void => {
    fault = error;
  };
  const outcome = unlessRefused(() => applyVerdict(dir, watched, verdict, by, waker), noteFault);
  const refused = newRefusal(dir, watched, verdict, fault);
  if (refused !== undefined) yield { type: 'attention', run, look, trouble: refused };
  if (outcome === undefined) return;
  live.delete(watched);
  yield { type: 'ended', run, outcome };
}

/**
 * Publishes the outcomes of wrappers that were killed just before they did so. Only a watcher of all runs does this; a
 * waiter leaves it to the next call.
 */
function publishLate(dir: string, unpublished: Set<RunRecord>, by: string): void {
  for (const run of unpublished) {
    const { folder, ended } = runPaths(dir, run.id);
    if (existsSync(folder) && !existsSync(ended)) ignoreTransient(() => conclude(dir, run, { by }));
    if (!existsSync(folder) || existsSync(ended)) unpublished.delete(run);
  }
}

/** Of so many runs the own folder is watched as well: there an exit shows 2 ms before it is announced in `ended/`. */
const WATCHED_FOLDERS = 16;

function foldersOf(dir: string, runs: readonly RunRecord[] | undefined): string[] {
  const { ended, runs: all } = directoryPaths(dir);
  // Of all runs, those that begin later included: a watch on each folder would cost more than it gains.
  if (runs === undefined) return [ended, all, dir];
  const own = runs.slice(0, WATCHED_FOLDERS).map(({ id }) => runPaths(dir, id).folder);
  const flat = runs.some(({ foreign }) => foreign !== undefined) ? [dir] : [];
  return [ended, ...own, ...flat];
}

/**
 * Lets others go first after a change. The files of foreign runs are saved meanwhile: the next run of such a step may
 * remove them within milliseconds.
 */
async function letOthersGoFirst(
  dir: string,
  live: ReadonlySet<WatchedRun>,
  waker: Waker,
  courtesyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const foreign = [...live].flatMap(({ run }) => (run.foreign === undefined ? [] : [run]));
  for (const untilMs = performance.now() + courtesyMs; ; ) {
    for (const run of foreign) ignoreTransient(() => sourceOf(dir, run).save());
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0 || signal.aborted) return;
    if (foreign.length > 0) await waker.wait(leftMs, signal);
    else await sleep(leftMs, undefined, { signal }).catch(() => {}); // aborted: the loop ends
  }
}

function leaveTraceAndPlan(dir: string, watched: WatchedRun, look: Look, isNews: boolean, runs: number): void {
  const silent = look.silence.silentMs > 0 || look.silence.quietMs > 0;
  const isNew = look.treeAtMs === look.atMs && look.silence.signs.beat !== watched.look?.silence.signs.beat;
  // Leave a trace at the first look: a waiter that looks only once leaves what the next one needs for comparison. And
  // with every report, so that the next waiter finds the silence that was reported, also within the same beat. Without
  // a wrapper there is no beat to count from, so at every look.
  const isUnattended = look.silence.signs.unattended === true;
  if (!watched.traced || isNews || isUnattended || (silent && isNew))
    watched.traced = writeTrace(dir, watched.run.id, look.silence);
  watched.look = look;
  watched.plannedMs = nextLookMs(look.observation, watched.run.policy, runs);
  watched.dueAtMs = look.atMs + watched.plannedMs;
}
