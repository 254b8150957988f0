import type { Socket } from 'node:net';
import type { Queue } from 'bullmq';

/** What a session needs to know of its user. */
export interface EngineOptions {
  /** The name of the queue at the engine. */
  readonly name: string;
  /** What this host is called among the workers; undefined for one that takes nothing. */
  readonly host: string | undefined;
  /** Length of a lease, ms. */
  readonly leaseMs: number;
  /** How often at most leases that have ended are looked for, ms. */
  readonly recoverEveryMs: number;
  /** How long the engine may take to answer, ms. */
  readonly timeoutMs: number;
}

/** One connection to an engine. It never connects again by itself: what was lost is replaced when something is asked. */
export interface EngineSession {
  readonly queue: Queue;
  /** How far the clock of this host is ahead of the one by which leases expire, ms. Undefined: the engine's own clock decides. */
  readonly clockAheadMs?: () => Promise<number>;
  /** True once the connection is lost. */
  readonly isLost: () => boolean;
  /**
   * Drops the connection at once. Never waits for the engine.
   * @param isCut what was not delivered yet is thrown away. Otherwise the system may deliver it minutes later
   */
  readonly drop: (isCut?: boolean) => void;
}

/** Ends a connection so that nothing of it is delivered any more. One that is encrypted has no way to do that. */
export function cut(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}

/** The events of an engine, on a connection of their own. */
export interface EngineEvents {
  readonly close: () => void;
}

/**
 * Options that BullMQ defines for its `Worker`, set on the queue. `maxStalledCount` is endless, so BullMQ never fails an entry that lost its
 * holder: whoever takes it next decides.
 */
export function workerOptions({ leaseMs, recoverEveryMs }: EngineOptions): object {
  return {
    skipMetasUpdate: true,
    lockDuration: leaseMs,
    stalledInterval: recoverEveryMs,
    maxStalledCount: 2 ** 31 - 1,
  };
}

/** How a worker is named to the engine, so that BullMQ and bull-board list it. */
export function workerName(prefix: string, host: string): string {
  return `${prefix}:w:${host}`;
}
