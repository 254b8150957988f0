import { type Snapshot, takeSnapshot, troublesOf } from '@pm/monitor';
import { presentIn, readRunRecord } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import { viewNow } from '../runs/run-view.ts';
import { isRunning } from '../shape/is-live.ts';
import { endedView } from './live-runs.ts';
import type { OverviewRun } from './overview-event.ts';

/**
 * The runs of a list, the live ones with the condition that needs attention: `ls` does not say it, and a frontend that was told of it
 * before would take it to be over.
 * @param by who looks, for the endings that are written
 */
export async function firstLook(listed: readonly OverviewRun[], by: string, context: Context): Promise<OverviewRun[]> {
  const runs: OverviewRun[] = [];
  let snapshot: Snapshot | undefined;
  for (const run of listed) {
    if (isRunning(run)) snapshot ??= takeSnapshot();
    runs.push(snapshot === undefined || !isRunning(run) ? run : await withAttention(run, by, context, snapshot));
  }
  return runs;
}

async function withAttention(run: OverviewRun, by: string, context: Context, snapshot: Snapshot): Promise<OverviewRun> {
  const { id, dir } = run;
  const record = presentIn(readRunRecord(dir, id));
  if (record === undefined) return run;
  try {
    const view = viewNow(dir, record, by, snapshot, (seen, { observation }) => ({
      ...run,
      ...seen,
      ...troublesOf(observation, record.policy)[0],
    }));
    return view.state === 'ended' ? await endedView(dir, record, view, context) : { ...view, id, dir };
  } catch {
    return run; // its records are being deleted
  }
}
