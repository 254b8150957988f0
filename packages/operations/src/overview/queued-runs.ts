import { queuedSteps } from '@pm/protocol/fs';
import type { Context } from '../project/context.ts';
import type { OverviewRun } from './overview-event.ts';

/** How many of the waiting runs of a directory are shown: those that come next. */
const MOST_QUEUED = 100;

/** The runs of a directory that wait for their turn. No record is read where none waits. */
export async function queuedRuns(dir: string, env: Context['env']): Promise<OverviewRun[]> {
  const waiting = queuedSteps(dir);
  if (waiting.length === 0) return [];
  const { viewsOfQueued } = await import('../queue/queued-views.ts');
  const { runs } = await viewsOfQueued(dir, waiting, MOST_QUEUED, { env });
  return runs.flatMap((run) => (run.id === undefined ? [] : [{ ...run, id: run.id, dir }]));
}
