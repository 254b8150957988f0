import { parseStepRef } from '@pm/protocol';
import { hasQueued } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';

/** The view of the run that waits for its turn under this name; undefined if none does. Queues are loaded only if one does. */
export async function waitingRun(dir: string, name: string): Promise<RunView | undefined> {
  const ref = parseStepRef(name);
  if (ref === undefined || ref.back > 0 || !hasQueued(dir, ref.step)) return undefined;
  const [{ findQueued }, { viewOfQueued }] = await Promise.all([
    import('../runs/find-run.ts'),
    import('./queued-view.ts'),
  ]);
  const record = findQueued(dir, name);
  return record === undefined ? undefined : viewOfQueued(dir, record);
}
