import type { EventEmitter } from 'node:events';
import type { QueueEvents } from 'bullmq';
import type { EngineEvents } from './session.ts';

/** What happens to entries, by the names that BullMQ gives it. `changed` is ours: new settings, or another place. */
const KINDS = [
  ...['added', 'waiting', 'active', 'completed', 'failed', 'removed', 'stalled', 'progress', 'paused', 'resumed'],
  'changed',
];

/** Follows the events of a queue until they can be followed no longer. */
export function follow(
  events: Pick<QueueEvents, 'close' | 'run'>,
  on: { readonly change: () => void; readonly end: () => void },
): EngineEvents {
  const emitter = events as unknown as EventEmitter;
  let isOver = false;
  const close = (): void => {
    if (isOver) return;
    isOver = true;
    events.close().catch(() => {});
    on.end();
  };
  for (const kind of KINDS) emitter.on(kind, on.change);
  emitter.on('error', close);
  emitter.on('ioredis:close', close);
  events.run().catch(close);
  return { close };
}
