import { isLive } from '../shape/is-live.ts';
import { isMiscounted, looksTheSame } from './changes-shown.ts';
import type { OverviewEvent, OverviewRun, OverviewUsage } from './overview-event.ts';
import type { SeenRun } from './overview-state.ts';

/** What is not about a single run. */
type Standing = Extract<OverviewEvent, { type: 'queues' | 'breakers' }>;

/** How long changes are gathered into one event, ms: a thousand runs that change in the same second are a few events. */
const GATHER_MS = 100;

/** What is known, and what of it the reader has not been given yet. A slow reader gets fewer and larger events. */
export interface OverviewNews {
  readonly runs: () => Iterable<OverviewRun>;
  /** Runs that are new or were looked at again. */
  readonly put: (runs: readonly OverviewRun[]) => void;
  readonly drop: (ids: readonly string[]) => void;
  readonly standing: (event: Standing) => void;
  /** @param at when it was measured, UTC epoch ms */
  readonly use: (usage: Readonly<Record<string, OverviewUsage>>, at: number) => void;
  /**
   * Everything, as the first event. What was put before is part of it.
   * @param unlisted how many runs there are that were never put, because they are too many
   */
  readonly whole: (unlisted: number) => OverviewEvent;
  /** Resolves once there is something new; at once if there is, or if the signal aborts. */
  readonly wait: (signal: AbortSignal) => Promise<void>;
  readonly take: () => OverviewEvent[];
}

/**
 * @param mostEnded how many ended runs are kept at most; the oldest go first
 * @param clock UTC epoch ms
 */
export function overviewNews(mostEnded: number, clock: () => number = () => Date.now()): OverviewNews {
  const changed = new Map<string, OverviewRun>();
  const gone = new Set<string>();
  const standing = new Map<string, Standing>();
  let queues: Extract<Standing, { type: 'queues' }>['queues'] = [];
  let breakers: Extract<Standing, { type: 'breakers' }>['breakers'] = [];
  const ofStep = new Map<string, Set<string>>();
  const runs = new Map<string, OverviewRun>();
  const told = new Map<string, SeenRun>();
  let usage: OverviewEvent | undefined;
  let wake: (() => void) | undefined;
  let takenAtMs = Number.NEGATIVE_INFINITY;
  let dropped = 0;

  const forget = (id: string): void => {
    const run = runs.get(id);
    if (run === undefined) return;
    runs.delete(id);
    ofStep.get(stepKey(run))?.delete(id);
    changed.delete(id);
    told.delete(id);
    gone.add(id);
  };
  const putOne = (run: OverviewRun): void => {
    const before = runs.get(run.id);
    if (before !== undefined && before.dir !== run.dir) return; // somebody has copied the records
    const siblings = ofStep.get(stepKey(run)) ?? new Set();
    if (before === undefined && !isLive(run) && isFollowed(run, siblings)) return;
    runs.set(run.id, run);
    ofStep.set(stepKey(run), siblings.add(run.id));
    if (before !== undefined && looksTheSame(before, run) && !isMiscounted(run, told.get(run.id), clock())) return;
    changed.set(run.id, run);
    gone.delete(run.id);
    if (run.state !== 'queued') for (const id of olderEnded(run, siblings)) forget(id);
  };
  /** A newer run of its step is known. */
  const isFollowed = (run: OverviewRun, siblings: ReadonlySet<string>): boolean =>
    [...siblings].some((id) => {
      const other = runs.get(id);
      return other !== undefined && other.state !== 'queued' && other.startedAt > run.startedAt;
    });
  const olderEnded = (run: OverviewRun, siblings: ReadonlySet<string>): string[] =>
    [...siblings].filter((id) => {
      const other = runs.get(id);
      return other !== undefined && id !== run.id && !isLive(other) && other.startedAt <= run.startedAt;
    });
  const dropOldest = (): void => {
    const ended = [...runs.values()].filter((run) => !isLive(run));
    if (ended.length <= mostEnded) return;
    ended.sort((a, b) => (a.endedAt ?? a.startedAt) - (b.endedAt ?? b.startedAt));
    for (const { id } of ended.slice(0, ended.length - mostEnded)) forget(id);
    dropped += ended.length - mostEnded;
  };
  const toldNow = (some: Iterable<OverviewRun>, at: number): OverviewRun[] => {
    const all = [...some];
    for (const run of all) told.set(run.id, { run, at });
    return all;
  };
  const isNews = (): boolean => changed.size + gone.size + standing.size > 0 || usage !== undefined;
  const tell = (): void => {
    if (isNews()) wake?.();
  };
  return {
    runs: () => runs.values(),
    put: (views) => {
      for (const view of views) putOne(view);
      dropOldest();
      tell();
    },
    drop: (ids) => {
      for (const id of ids) forget(id);
      tell();
    },
    standing: (event) => {
      const [known, now] = event.type === 'queues' ? [queues, event.queues] : [breakers, event.breakers];
      if (JSON.stringify(known) === JSON.stringify(now)) return;
      if (event.type === 'queues') queues = event.queues;
      else breakers = event.breakers;
      standing.set(event.type, event);
      tell();
    },
    use: (now, at) => {
      if (Object.keys(now).length === 0) return;
      usage = { type: 'usage', at, usage: now };
      tell();
    },
    whole: (unlisted) => {
      changed.clear();
      gone.clear();
      standing.clear();
      usage = undefined;
      const at = clock();
      const all = toldNow(runs.values(), at);
      return { type: 'all', at, runs: all, total: all.length + dropped + unlisted, queues, breakers };
    },
    wait: async (signal) => {
      if (!isNews())
        await until(signal, (resolve) => {
          wake = resolve;
        });
      const leftMs = takenAtMs + GATHER_MS - performance.now();
      if (leftMs <= 0 || signal.aborted) return;
      let timer: NodeJS.Timeout | undefined;
      await until(signal, (resolve) => {
        timer = setTimeout(resolve, leftMs);
      });
      clearTimeout(timer);
    },
    take: () => {
      const at = clock();
      const events: OverviewEvent[] = [
        ...(changed.size > 0 ? [{ type: 'change', at, runs: toldNow(changed.values(), at) } as const] : []),
        ...(gone.size > 0 ? [{ type: 'gone', at, ids: [...gone] } as const] : []),
        ...standing.values(),
        ...(usage === undefined ? [] : [usage]),
      ];
      takenAtMs = performance.now();
      changed.clear();
      gone.clear();
      standing.clear();
      usage = undefined;
      return events;
    },
  };
}

function stepKey({ dir, step }: OverviewRun): string {
  return `${dir}\0${step}`;
}

/** Waits for `begin` to resolve, or for the signal. */
function until(signal: AbortSignal, begin: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    begin(done);
  });
}
