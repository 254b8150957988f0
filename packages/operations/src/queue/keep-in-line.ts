import type { QueuedRecord } from '@pm/protocol';
import { presentIn, readQueued, removeQueued } from '@pm/protocol/fs';
import type { Queue } from '@pm/queue';
import { hasTurnBegun } from '@pm/wrapper';
import { engineQueueIn } from '../elsewhere/engine-of-queue.ts';
import { notedIds } from '../elsewhere/entries.ts';
import { endUnbegun } from '../queued/never-begun.ts';
import { readinessOf } from './dependencies.ts';
import { projectOf } from './queue-folder.ts';

/** How long this process leaves a run alone that could not start at its turn. */
const PAUSE_MS = 1_000;

/**
 * Puts a run in line if it waits for nothing but its turn, and ends it if a run that it waits for did not succeed.
 * Does nothing if it is in line already.
 * If it has begun, because whoever started it died before it removed the record, it waits no longer.
 * @param known how other runs stand, see `readinessOf`
 */
export async function keepInLine(
  dir: string,
  record: QueuedRecord,
  queue: Queue,
  known?: Map<string, string>,
): Promise<void> {
  if (hasTurnBegun(dir, record.id)) return settle(dir, record);
  const readiness = await readinessOf(dir, record, known);
  const { id, step, queue: asked } = record;
  if (readiness.kind === 'ready' && isPostponed(id)) return;
  if (readiness.kind === 'ready')
    await queue.enqueue({ id, dir, step, project: projectOf(dir), priority: asked.priority });
  else if (readiness.kind === 'failed')
    await endUnbegun(dir, record, {
      by: `pm queue ${process.pid}`,
      evidence: readiness.why,
      reason: 'dependency-failed',
    });
}

/**
 * The ids of what is in line in a queue, or has its turn. What an engine was given is noted here. So nobody lists a far queue as a whole, which
 * takes seconds, again and again.
 */
export async function idsInLine(dir: string, folder: string, queue: Queue): Promise<ReadonlySet<string>> {
  if (engineQueueIn(folder) !== undefined) return notedIds(dir);
  const { waiting, running } = await queue.list();
  return new Set([...waiting, ...running].map(({ id }) => id));
}

/** Does the same for those of several runs that are not in line. @param inLine `idsInLine` of their queue */
export async function keepAllInLine(
  dir: string,
  runs: readonly Pick<QueuedRecord, 'id' | 'step'>[],
  queue: Queue,
  inLine: ReadonlySet<string>,
): Promise<void> {
  const known = new Map<string, string>();
  for (const { id, step } of runs) {
    const record = inLine.has(id) ? undefined : presentIn(readQueued(dir, step));
    if (record?.id === id) await keepInLine(dir, record, queue, known);
  }
}

/** Removes the record of a run that waits no longer. A stop that was interrupted is completed. */
export async function settle(dir: string, record: QueuedRecord): Promise<void> {
  const evidence = 'stopped before its turn came';
  await endUnbegun(dir, record, { by: `pm queue ${process.pid}`, evidence });
  removeQueued(dir, record);
}

const until = new Map<string, number>();

/** Remembers that a run could not start yet, so that it is not put in line again at once: its turn would come again and again. */
export function postpone(id: string): void {
  until.set(id, performance.now() + PAUSE_MS);
}

/** Whether the run could not start a moment ago. */
function isPostponed(id: string): boolean {
  const instant = until.get(id);
  if (instant === undefined) return false;
  if (instant > performance.now()) return true;
  until.delete(id);
  return false;
}
