import { runPaths } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { lastLines } from '../runs/log-tail.ts';
import { progressOf } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';

/** Reports how the awaited runs get on. */
export interface LiveReport {
  /** A look has seen this live run. */
  readonly seen: (view: RunView) => Promise<void>;
  /** Ends the reporting between looks. */
  readonly end: () => void;
}

/**
 * Reports every look at a live run. Looks may be 15 s apart, so for a terminal the last reported run is reported again in between, with
 * its newest progress and last line: two small files are read for it, and nothing is judged.
 */
export function liveReport(where: string, { report, reportEveryMs }: Context): LiveReport {
  let last: { readonly view: RunView; readonly atMs: number } | undefined;
  const tell = async (view: RunView): Promise<void> => {
    const lastLine = view.logFile === undefined ? '' : lastLines(view.logFile, 1);
    await report?.({ type: 'progress', run: view, lastLine });
  };
  const again = (): void => {
    if (last === undefined || last.view.id === undefined) return;
    const { view, atMs } = last;
    const progress = progressOf(runPaths(where, last.view.id).progress);
    const elapsedMs = view.elapsedMs + (view.state === 'suspended' ? 0 : Math.round(performance.now() - atMs));
    void tell({ ...view, elapsedMs, ...(progress !== '' && { progress }) }).catch(() => {});
  };
  const timer = report === undefined || reportEveryMs === undefined ? undefined : setInterval(again, reportEveryMs);
  timer?.unref();
  return {
    seen: async (view) => {
      last = { view, atMs: performance.now() };
      await tell(view);
    },
    end: () => {
      last = undefined;
      clearInterval(timer);
    },
  };
}
