import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { takeSnapshot } from '@pm/monitor';
import { runPaths } from '@pm/protocol';
import { ls } from '../inspect/ls.ts';
import type { Context } from '../project/context.ts';
import { everyDirectory } from '../project/known-directories.ts';
import { locateDirectory } from '../project/locate-directory.ts';
import { ensureResident } from '../runs/ensure-resident.ts';
import { isLive } from '../shape/is-live.ts';
import { firstLook } from './first-look.ts';
import { type LiveRuns, liveRuns } from './live-runs.ts';
import type { OverviewBreaker, OverviewEvent, OverviewRun, OverviewUsage } from './overview-event.ts';
import { overviewNews } from './overview-news.ts';
import { queuedRuns } from './queued-runs.ts';
import { seenMeanwhile, seenStamp } from './seen-now.ts';
import { breakersNow, type DirectoryBreakers, queuesNow } from './standing.ts';

/** How many runs of each directory are listed at most, and how many ended ones of all together are kept. */
const MOST_LISTED = 1_000;
/** How often is looked whether a directory with work has a resident monitor, ms. */
const RESIDENT_MS = 5_000;
/** Looking around takes at most one part in so many of the time: the news of a thousand runs come less often. */
const SHARE = 10;

export interface OverviewOptions extends Pick<Context, 'env' | 'cwd' | 'tty' | 'resident'> {
  /** Ends the looking, never a run. */
  readonly signal: AbortSignal;
  /** Who judges the runs meanwhile, for the endings and events that are written. */
  readonly by: string;
  /** How often to look for what no watcher reports, ms: usage, progress, queues, breakers, new directories. Default: 1 s. */
  readonly everyMs?: number | undefined;
  /** Only these directories. Default: all in which the user has started runs, also those that come later. */
  readonly dirs?: readonly string[] | undefined;
}

interface WatchedDirectory {
  readonly runs: LiveRuns;
  readonly stop: () => void;
  breakers?: DirectoryBreakers | undefined;
  seen?: string;
  /** When it was looked for a resident the last time, on the monotonic clock. */
  residentMs?: number;
}

// Why: contributing/decisions/2026-11-29-the-overview.md
/**
 * Shows all runs of the user for as long as somebody takes its events: first everything that there is, then what changes. It judges
 * the runs meanwhile, as every watcher does. After it has returned nothing of it is left.
 */
export async function* overview(options: OverviewOptions): AsyncGenerator<OverviewEvent, void, void> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  if (options.signal.aborted) return;
  options.signal.addEventListener('abort', stop);
  const { signal } = stopping;
  const { env, cwd, tty, resident, by, everyMs = 1_000 } = options;
  const context: Context = { env, cwd, signal, ...(tty && { tty }), ...(resident && { resident }) };
  const news = overviewNews(MOST_LISTED);
  const watched = new Map<string, WatchedDirectory>();
  let unlisted = 0;

  /** Lists a directory, then watches it. One that cannot be read is not shown. */
  const open = async (dir: string): Promise<void> => {
    const ending = new AbortController();
    const within = { ...context, signal: AbortSignal.any([signal, ending.signal]) };
    const runs = liveRuns(dir, by, within);
    watched.set(dir, { runs, stop: () => ending.abort() });
    try {
      const listed = await ls.run(ls.input.parse({ dir, limit: MOST_LISTED }), within);
      const { runs: some, total = some.length } = listed;
      // Below the limit all are listed. A total that is higher counts what cannot be read, or has begun or ended just now.
      if (some.length >= MOST_LISTED) unlisted += Math.max(0, total - some.length);
      const named = some.flatMap((run) => (run.id === undefined ? [] : [shortened({ ...run, id: run.id, dir })]));
      news.put(await firstLook(named, by, within));
    } catch {
      // It is looked at again by its watcher, or is gone.
    }
    // The next look opens it again: without a watcher its runs would be `running` for ever.
    runs.watch(put).catch(() => within.signal.aborted || close(dir));
  };
  const close = (dir: string): void => {
    watched.get(dir)?.stop();
    watched.delete(dir);
    news.drop(runsIn(dir).map(({ id }) => id));
  };
  const runsIn = (dir: string): OverviewRun[] => [...news.runs()].filter((run) => run.dir === dir);
  const put = (run: OverviewRun): void => news.put([shortened(run)]);

  const directories = async (): Promise<void> => {
    const dirs = options.dirs ?? everyDirectory(locateDirectory(undefined, context), env).dirs;
    for (const dir of dirs) if (!watched.has(dir)) await open(dir);
    for (const dir of watched.keys()) if (!dirs.includes(dir)) close(dir);
  };
  const queued = async (dir: string): Promise<void> => {
    const waiting = await queuedRuns(dir, env);
    const ids = new Set(waiting.map(({ id }) => id));
    const known = runsIn(dir);
    // What has had its turn is reported by the watcher, under the same id. What has neither was taken out of the queue.
    const left = known.filter(
      ({ id, state }) => state === 'queued' && !ids.has(id) && !existsSync(runPaths(dir, id).folder),
    );
    const begun = new Set(known.filter(({ state }) => state !== 'queued').map(({ id }) => id));
    news.put(waiting.filter(({ id }) => !begun.has(id)));
    news.drop(left.map(({ id }) => id));
  };
  /** A watcher judges runs, but only a resident gives them their turn, asks whether they are ready and tells people. */
  const keepResident = (dir: string, one: WatchedDirectory): void => {
    const nowMs = performance.now();
    if (nowMs < (one.residentMs ?? 0) + RESIDENT_MS || !runsIn(dir).some(isLive)) return;
    one.residentMs = nowMs;
    ensureResident(dir, context);
  };
  const lookAround = async (): Promise<void> => {
    await directories();
    const snapshot = takeSnapshot();
    const measuredAt = Date.now();
    const usage: Record<string, OverviewUsage> = {};
    const breakers: OverviewBreaker[] = [];
    for (const [dir, one] of watched) {
      await queued(dir);
      keepResident(dir, one);
      Object.assign(usage, one.runs.lookAgain(put, snapshot));
      one.breakers = await breakersNow(dir, one.breakers, context).catch(() => one.breakers);
      breakers.push(...(one.breakers?.breakers ?? []));
      const ended = runsIn(dir).filter((run) => !isLive(run));
      const seen = seenStamp(dir);
      if (seen !== one.seen) news.put(seenMeanwhile(dir, ended, context));
      one.seen = seen;
      news.drop(ended.filter(({ id }) => !existsSync(runPaths(dir, id).folder)).map(({ id }) => id));
    }
    news.use(usage, measuredAt);
    news.standing({ type: 'breakers', at: Date.now(), breakers });
    const waiting = new Set([...news.runs()].flatMap((run) => (run.state === 'queued' ? [run.dir] : [])));
    const here = options.dirs?.[0] ?? locateDirectory(undefined, context);
    const queues = await queuesNow([...new Set([here, ...waiting])], context);
    news.standing({ type: 'queues', at: Date.now(), queues });
  };
  const keepLooking = async (): Promise<void> => {
    while (!signal.aborted) {
      const sinceMs = performance.now();
      await lookAround().catch(() => {}); // a folder was removed meanwhile: the next time is soon
      await sleep(Math.max(everyMs, (performance.now() - sinceMs) * SHARE), undefined, { signal }).catch(() => {});
    }
  };
  try {
    await directories();
    yield news.whole(unlisted);
    const looking = keepLooking();
    while (!signal.aborted) {
      await news.wait(signal);
      if (!signal.aborted) yield* news.take();
    }
    await looking;
  } finally {
    stop();
    options.signal.removeEventListener('abort', stop);
  }
}

/** Without what only the details of a run show: the end of its log, and its result. */
function shortened({ tail: _tail, result: _result, ...run }: OverviewRun): OverviewRun {
  return run;
}
