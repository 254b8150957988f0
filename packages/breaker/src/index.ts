// Every name here is public API.
export {
  type Asked,
  type Asking,
  type Breaker,
  type BreakerOptions,
  type Details,
  openBreaker,
  type Recorded,
} from './breaker.ts';
export { spendStart } from './budget.ts';
export { type Entry, inOrder, type Logged, type RunFact } from './entry.ts';
export { fingerprint, type Place } from './fingerprint.ts';
export { fold } from './fold.ts';
export type { History } from './history.ts';
export { now } from './now.ts';
export { type Permit, type Present, permit } from './permit.ts';
export type { Hold, LogRecord } from './records.ts';
export { DEFAULT_RULE, type Rule } from './rule.ts';
export { signatureOf } from './signature.ts';
export { hasChanged, Situation } from './situation.ts';
export { elapsedMs, Stamp } from './stamp.ts';
export type { Standing } from './standing.ts';
export type { Failure, Opened, State, Trial } from './state.ts';
export { transition } from './transition.ts';
