import type { EventEmitter } from 'node:events';
import type { QueueEvents } from 'bullmq';
import type { EngineEvents } from './session.ts';

/** What may give another entry its turn, by the names that BullMQ has for it. `changed` is ours: new settings, or another place. */
const TURNS = ['added', 'waiting', 'completed', 'failed', 'removed', 'stalled', 'resumed', 'changed'];
/** What else happens to entries. Each run that prints makes progress twice a second. */
const OTHERS = ['active', 'progress', 'paused'];

/** Whoever follows the events of a queue. */
export interface Follower {
  /** Called after each of them. */
  readonly change: () => void;
  /** Called once, when they can be followed no longer. */
  readonly end: () => void;
  /** True: only of what may give another entry its turn. */
  readonly isForTurns?: boolean;
}

/** Follows the events of a queue until they can be followed no longer. */
export function followEvents(events: Pick<QueueEvents, 'close' | 'run'>, on: Follower): EngineEvents {
  const emitter = events as unknown as EventEmitter;
  let isOver = false;
  const close = (): void => {
    if (isOver) return;
    isOver = true;
    events.close().catch(() => {});
    on.end();
  };
  for (const kind of on.isForTurns === true ? TURNS : [...TURNS, ...OTHERS]) emitter.on(kind, on.change);
  emitter.on('error', close);
  emitter.on('ioredis:close', close);
  events.run().catch(close);
  return { close };
}
