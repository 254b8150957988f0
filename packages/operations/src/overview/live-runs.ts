import { judgeOnce, processesOf, type Snapshot, watchDirectory } from '@pm/monitor';
import { type Identity, treeUsage } from '@pm/process';
import { type RunRecord, runPaths } from '@pm/protocol';
import { statOf } from '@pm/protocol/fs';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import type { Context } from '../project/context.ts';
import { progressOf } from '../runs/run-view.ts';
import { unseenBy } from '../runs/unseen-endings.ts';
import type { RunView } from '../shape/answer.ts';
import { attemptMsOf, withRemaining, withUsage } from '../usage/with-usage.ts';
import type { LiveRun } from '../wait/changes.ts';
import { liveRunIn } from '../wait/transitions.ts';
import { viewAfterEvent } from '../wait/view-after-event.ts';
import type { OverviewRun, OverviewUsage } from './overview-event.ts';

/** How often is found anew which processes belong to a run, ms: it costs far more than to ask for what known ones use. */
const GROW_MS = 5_000;

/** The live runs of a directory as a watcher knows them. */
export interface LiveRuns {
  /** Watches until the signal aborts. It judges the runs meanwhile. @param put takes each view that a look or an ending has made */
  readonly watch: (put: (run: OverviewRun) => void) => Promise<void>;
  /**
   * Looks again at each run whose files have changed: progress, limit, readiness. A watcher's own look may be seconds away.
   * @returns what the live runs use, by id
   */
  readonly lookAgain: (put: (run: OverviewRun) => void, snapshot: Snapshot) => Record<string, OverviewUsage>;
}

interface KnownRun {
  readonly run: RunRecord;
  readonly view: RunView;
  /** Of its files at that view; undefined if it has to be looked at again. */
  readonly stamp: FileStamp | undefined;
  /** When that view was made, on the monotonic clock. */
  readonly viewedAtMs: number;
  /** How long its earlier attempts have taken, ms: none in the first one. */
  readonly earlierMs: number;
  members: readonly Identity[];
  grownAtMs: number;
}

/** Facts that cost more than a look. They stay until the next view that has them. */
type Costly = Pick<RunView, 'usage' | 'cpuPercent' | 'usualMs' | 'remainingMs'>;

/** Opens the live runs of a directory. Nothing is looked at yet. @param by who judges them, for the endings and events that are written */
export function liveRuns(dir: string, by: string, context: Context): LiveRuns {
  const live = new Map<string, KnownRun>();

  const note = (run: RunRecord, view: RunView, stamp: FileStamp | undefined, earlierMs: number): OverviewRun => {
    const { members = [], grownAtMs = Number.NEGATIVE_INFINITY } = live.get(run.id) ?? {};
    live.set(run.id, { run, view, stamp, viewedAtMs: performance.now(), earlierMs, members, grownAtMs });
    return { ...view, id: run.id, dir };
  };
  const watch: LiveRuns['watch'] = async (put) => {
    for await (const event of watchDirectory(dir, { signal: context.signal, by })) {
      const { run, type } = event;
      if (type === 'attention') continue; // a look has all conditions
      if (type === 'look') {
        const known = live.get(run.id);
        const view = shown(liveRunIn(dir, event));
        if (view === undefined) continue;
        const earlierMs = view.elapsedMs - attemptMsOf(view, event.look);
        put(note(run, { ...view, ...costlyOf(known, view) }, undefined, earlierMs));
        continue;
      }
      const before = live.get(run.id)?.view;
      live.delete(run.id);
      const last = await viewAfterEvent(dir, event, before, []);
      if (last !== undefined) put(await endedView(dir, run, last, context));
    }
  };
  const lookAgain: LiveRuns['lookAgain'] = (put, snapshot) => {
    const usage: Record<string, OverviewUsage> = {};
    for (const [id, known] of live) {
      const { run } = known;
      const stamp = stampOf(dir, run);
      if (known.stamp !== undefined && stamp.folder === known.stamp.folder) {
        const view = stamp.progress === known.stamp.progress ? undefined : withProgress(dir, known);
        if (view !== undefined) put(note(run, view, stamp, known.earlierMs));
      } else {
        const judged = judgeOnce(dir, run, by, snapshot);
        if (judged.kind !== 'live') continue; // the watcher reports how it has ended
        const seen = shown(liveRunIn(dir, { run, ...judged }));
        if (seen !== undefined) {
          const view = countedOn(known, seen);
          const earlierMs = view.elapsedMs - attemptMsOf(view, judged.look);
          put(note(run, withUsage(dir, run, view, judged.look, snapshot.table()), stamp, earlierMs));
        }
      }
      const now = live.get(id) ?? known;
      if (snapshot.monotonicMs - now.grownAtMs >= GROW_MS) {
        now.members = processesOf(dir, run, snapshot.table());
        now.grownAtMs = snapshot.monotonicMs;
      }
      const used = treeUsage(now.members, snapshot.table(), run.cgroup);
      if (used !== undefined) usage[id] = [used.cpuMs, used.memoryBytes, used.processes];
    }
    return usage;
  };
  return { watch, lookAgain };
}

/** The time that has passed since the facts were found is taken off the remaining time. */
function costlyOf(known: KnownRun | undefined, { state }: RunView): Costly {
  if (known === undefined) return {};
  const { usage, cpuPercent, usualMs, remainingMs } = known.view;
  const left = remainingMs === undefined || state === 'suspended' ? 0 : remainingMs - passedMs(known);
  return {
    ...(usage !== undefined && { usage }),
    ...(cpuPercent !== undefined && { cpuPercent }),
    ...(usualMs !== undefined && { usualMs }),
    ...(left > 0 && { remainingMs: left }),
  };
}

function passedMs({ viewedAtMs }: KnownRun): number {
  return Math.round(performance.now() - viewedAtMs);
}

/** An ended run with what a list says about it. Its log and its result are asked for by who wants to see them. */
export async function endedView(dir: string, run: RunRecord, view: RunView, context: Context): Promise<OverviewRun> {
  const unseen = view.state === 'ended' && unseenBy(dir, context).has(run);
  const [told = view] = await withBreakers(dir, [view], context);
  return { ...told, ...(unseen && { unseen }), id: run.id, dir };
}

/** A live run with its most urgent condition. */
function shown(now: LiveRun | undefined): RunView | undefined {
  return now === undefined ? undefined : { ...now.view, ...now.troubles[0] };
}

/** When the files were written that the view of a live run is made of. */
interface FileStamp {
  readonly folder: number | undefined;
  readonly progress: number | undefined;
}

function stampOf(dir: string, { id }: RunRecord): FileStamp {
  const { folder, progress } = runPaths(dir, id);
  return { folder: statOf(folder)?.mtimeMs, progress: statOf(progress)?.mtimeMs };
}

/**
 * The view with the elapsed time that the watcher has counted. A look of its own counts by the beats, which come late, or by the wall clock
 * if another program has started the run: after a sleep of the machine the time would go to and fro.
 */
function countedOn(known: KnownRun, view: RunView): RunView {
  const elapsedMs = known.view.elapsedMs + passedMs(known);
  const { untilAt } = view;
  return { ...view, elapsedMs, ...(untilAt !== undefined && { untilAt: untilAt + view.elapsedMs - elapsedMs }) };
}

/** The view with what the job says of itself now, and nothing else looked at: a job may say so every second. */
function withProgress(dir: string, known: KnownRun): RunView {
  const { run, view, earlierMs } = known;
  const { progress: _, ...rest } = view;
  const progress = progressOf(runPaths(dir, run.id).progress);
  const elapsedMs = view.elapsedMs + passedMs(known);
  return withRemaining(dir, run, { ...rest, elapsedMs, ...(progress !== '' && { progress }) }, elapsedMs - earlierMs);
}
