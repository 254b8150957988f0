import { identify, isAlive, thisWorld } from '@pm/process';
import type { Holder } from './state/records.ts';
import type { Trial } from './state/state.ts';

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
