import { hostname, uptime } from 'node:os';
import { identify, isAlive, isSamePidScope, thisPidScope } from '@pm/process';
import type { Holder } from '../state/records.ts';
import type { Trial } from '../state/state.ts';
import type { Timestamp } from '../state/timestamp.ts';

/** The present instant on both clocks. */
export function timestampNow(): Timestamp {
  return { atMs: Date.now(), host: hostname(), bootId: thisPidScope().bootId, uptimeMs: Math.round(uptime() * 1000) };
}

/** The identity of this process; undefined where processes cannot be identified. */
export function holderNow(): Holder | undefined {
  const identity = identify(process.pid);
  return identity === undefined ? undefined : { ...identity, ...thisPidScope() };
}

/** Whether the process that was granted a trial is known to be dead. Another boot or pid namespace cannot tell; there the trial ends with its time. */
export function isHolderDead(trial: Trial | undefined): boolean {
  const holder = trial?.holder;
  return holder !== undefined && isSamePidScope(holder) && !isAlive(holder);
}
