import { judgeOnce, type Snapshot, watchDirectory } from '@pm/monitor';
import { type RunRecord, runPaths } from '@pm/protocol';
import { statOf } from '@pm/protocol/fs';
import { withBreakers } from '../breaker/lazy-breaker.ts';
import type { Context } from '../project/context.ts';
import { unseenBy } from '../runs/unseen-endings.ts';
import type { RunView } from '../shape/answer.ts';
import type { LiveRun } from '../wait/changes.ts';
import { liveRunIn } from '../wait/transitions.ts';
import { viewAfterEvent } from '../wait/view-after-event.ts';
import type { OverviewRun } from './overview-event.ts';

/** The live runs of a directory as a watcher knows them. */
export interface LiveRuns {
  /** Watches until the signal aborts. It judges the runs meanwhile. @param put takes each view that a look or an ending has made */
  readonly watch: (put: (run: OverviewRun) => void) => Promise<void>;
  /** Looks again at each run whose files have changed: progress, limit, readiness. A watcher's own look may be seconds away. */
  readonly lookAgain: (put: (run: OverviewRun) => void, snapshot: () => Snapshot) => void;
  readonly records: () => ReadonlyMap<string, RunRecord>;
}

export function liveRuns(dir: string, by: string, context: Context): LiveRuns {
  const live = new Map<string, { readonly run: RunRecord; view: RunView; stamp: string }>();

  const noteLook = (run: RunRecord, view: RunView): OverviewRun => {
    live.set(run.id, { run, view, stamp: stampOf(dir, run) });
    return { ...view, id: run.id, dir };
  };
  const watch: LiveRuns['watch'] = async (put) => {
    for await (const event of watchDirectory(dir, { signal: context.signal, by })) {
      const { run, type } = event;
      if (type === 'attention') continue; // a look has all conditions
      if (type === 'look') {
        const view = shown(liveRunIn(dir, event));
        if (view !== undefined) put(noteLook(run, view));
        continue;
      }
      const before = live.get(run.id)?.view;
      live.delete(run.id);
      const last = await viewAfterEvent(dir, event, before, []);
      if (last !== undefined) put(await endedView(dir, run, last, context));
    }
  };
  const lookAgain: LiveRuns['lookAgain'] = (put, snapshot) => {
    for (const known of live.values()) {
      const { run } = known;
      if (stampOf(dir, run) === known.stamp) continue;
      const judged = judgeOnce(dir, run, by, snapshot());
      if (judged.kind !== 'live') continue; // the watcher reports how it has ended
      const view = shown(liveRunIn(dir, { run, ...judged }));
      if (view !== undefined) put(noteLook(run, view));
    }
  };
  return { watch, lookAgain, records: () => new Map([...live].map(([id, { run }]) => [id, run])) };
}

/** An ended run with what a list says about it. Its log and its result are asked for by who wants to see them. */
async function endedView(dir: string, run: RunRecord, view: RunView, context: Context): Promise<OverviewRun> {
  const unseen = view.state === 'ended' && unseenBy(dir, context).has(run);
  const [told = view] = await withBreakers(dir, [view], context);
  return { ...told, ...(unseen && { unseen }), id: run.id, dir };
}

/** A live run with its most urgent condition. */
function shown(now: LiveRun | undefined): RunView | undefined {
  return now === undefined ? undefined : { ...now.view, ...now.troubles[0] };
}

/** Changes when a file does that the view of a live run is made of. */
function stampOf(dir: string, { id }: RunRecord): string {
  const { folder, progress } = runPaths(dir, id);
  return `${statOf(folder)?.mtimeMs} ${statOf(progress)?.mtimeMs}`;
}
