import { identify, thisWorld } from '@pm/process';
import type { Holder } from './records.ts';

/** This process, as others can recognise it; undefined where processes cannot be identified. */
export function holderNow(): Holder | undefined {
  const identity = identify(process.pid);
  return identity === undefined ? undefined : { ...identity, ...thisWorld() };
}
