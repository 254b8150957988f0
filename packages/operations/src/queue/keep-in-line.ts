import type { QueuedRecord } from '@pm/protocol';
import type { Queue } from '@pm/queue';
import { readinessOf } from './dependencies.ts';
import { endUnbegun } from './never-begun.ts';
import { projectOf } from './queue-folder.ts';

/**
 * Puts a run in line if it waits for nothing but its turn, and ends it if a run that it waits for did not succeed.
 * Does nothing if it is in line already.
 */
export async function keepInLine(dir: string, record: QueuedRecord, queue: Queue): Promise<void> {
  const readiness = readinessOf(dir, record);
  const { id, step, queue: asked } = record;
  if (readiness.kind === 'ready')
    await queue.enqueue({ id, dir, step, project: projectOf(dir), priority: asked.priority });
  else if (readiness.kind === 'failed')
    await endUnbegun(dir, record, {
      by: `pm queue ${process.pid}`,
      evidence: readiness.why,
      reason: 'dependency-failed',
    });
}
