import { setTimeout as sleep } from 'node:timers/promises';
import type { QueuedRecord } from '@pm/protocol';
import type { Context } from '../project/context.ts';
import { findBegun } from '../runs/find-run.ts';
import { openEngine } from './engine.ts';
import { withNews } from './follow.ts';

const LOOK_MS = 100;
/** A worker reports at its next look. Then the stop goes on as that of any other run elsewhere. */
const PATIENCE_MS = 10_000;

/**
 * Carries a stop to a worker that has just taken an entry, so that nobody here knows yet whether it has begun. The order goes to the engine at
 * once. When the worker has reported, the run is stopped as any other run elsewhere.
 */
export async function stopTaken(
  dir: string,
  record: QueuedRecord,
  evidence: string,
  { caller, signal }: Context,
): Promise<void> {
  const by = `${caller ?? 'pm'} stop ${process.pid}`;
  const fleet = await openEngine(record.queue.name, dir);
  await fleet.order(record.id, { stop: { cause: 'cancelled', by, evidence, at: Date.now() } });
  await withNews(dir, async () => {
    const untilMs = performance.now() + PATIENCE_MS;
    while (findBegun(dir, record) === undefined && performance.now() < untilMs && !signal.aborted) await sleep(LOOK_MS);
  });
}
