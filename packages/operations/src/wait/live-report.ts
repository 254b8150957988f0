import { runPaths } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { lastLines } from '../runs/log-tail.ts';
import { progressOf } from '../runs/run-view.ts';
import type { RunView } from '../shape/answer.ts';
import { isLive } from '../shape/is-live.ts';

/** Reports how the awaited runs get on. */
export interface LiveReport {
  /** A look has seen this live run. */
  readonly seen: (view: RunView) => Promise<void>;
  /** Ends the reporting between looks. */
  readonly end: () => void;
}

/**
 * Reports every look at a live run. Looks may be 15 s apart, so for a terminal the last reported run is reported again in between, with
 * its newest progress and last line: two small files are read for it, and nothing is judged. Of several awaited runs all are reported
 * together, and only for a terminal.
 * @param views all awaited runs as they were seen last
 */
export function liveReport(
  where: string,
  views: () => readonly RunView[],
  { report, reportEveryMs }: Context,
): LiveReport {
  const seenAtMs = new Map<string | undefined, number>();
  const isList = reportEveryMs !== undefined && views().length > 1;
  const beganMs = performance.now();
  const nowOf = (view: RunView): RunView => {
    if (view.id === undefined || !isLive(view)) return view;
    const progress = progressOf(runPaths(where, view.id).progress);
    const sinceMs = view.state === 'suspended' ? 0 : performance.now() - (seenAtMs.get(view.id) ?? beganMs);
    return { ...view, elapsedMs: view.elapsedMs + Math.round(sinceMs), ...(progress !== '' && { progress }) };
  };
  let last: RunView | undefined;
  const tell = async (view: RunView): Promise<void> => {
    const lastLine = view.logFile === undefined ? '' : lastLines(view.logFile, 1);
    await report?.({ type: 'progress', run: view, lastLine });
  };
  const again = async (): Promise<void> => {
    if (isList) await report?.({ type: 'list', answer: { runs: views().map(nowOf), next: [] } });
    else if (last?.id !== undefined) await tell(nowOf(last));
  };
  const timer =
    report === undefined || reportEveryMs === undefined
      ? undefined
      : setInterval(() => void again().catch(() => {}), reportEveryMs);
  timer?.unref();
  if (isList) void again().catch(() => {});
  return {
    seen: async (view) => {
      last = view;
      seenAtMs.set(view.id, performance.now());
      if (!isList) await tell(view);
    },
    end: () => {
      last = undefined;
      clearInterval(timer);
    },
  };
}
