import { hostname, uptime } from 'node:os';
import { identify, isAlive, thisWorld } from '@pm/process';
import type { Holder } from '../state/records.ts';
import type { Stamp } from '../state/stamp.ts';
import type { Trial } from '../state/state.ts';

/** This instant, on both clocks. */
export function now(): Stamp {
  return { atMs: Date.now(), host: hostname(), bootId: thisWorld().bootId, uptimeMs: Math.round(uptime() * 1000) };
}

/** This process, as others can recognise it; undefined where processes cannot be identified. */
export function holderNow(): Holder | undefined {
  const identity = identify(process.pid);
  return identity === undefined ? undefined : { ...identity, ...thisWorld() };
}

/** Whether who was granted a trial is dead. Known only within one boot and pid namespace: elsewhere its time has to be over. */
export function isDead(trial: Trial | undefined): boolean {
  const holder = trial?.holder;
  if (holder === undefined) return false;
  const { bootId, pidNamespace } = thisWorld();
  return holder.bootId === bootId && holder.pidNamespace === pidNamespace && !isAlive(holder);
}
