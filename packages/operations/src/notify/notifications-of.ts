import { existsSync } from 'node:fs';
import { type RunRecord, runPaths } from '@pm/protocol';
import type { RunView } from '../shape/answer.ts';

/** The view of a run with its notifications, if anybody is told about it. Nothing is loaded for a run without. */
export async function withNotifications(dir: string, run: RunRecord, view: RunView): Promise<RunView> {
  if (!existsSync(runPaths(dir, run.id).notify)) return view;
  const { deliveriesOf } = await import('@pm/notify');
  const notifications = deliveriesOf(dir, run).map(({ on: _, ...delivery }) => delivery);
  return notifications.length === 0 ? view : { ...view, notifications };
}
