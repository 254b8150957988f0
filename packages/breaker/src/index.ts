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
export { fingerprint, type Place } from './fingerprint/fingerprint.ts';
export { spendStart } from './log/budget.ts';
export { now } from './log/now.ts';
export type { Standing } from './standing.ts';
export { type Entry, inOrder, type Logged, type RunFact } from './state/entry.ts';
export { fold } from './state/fold.ts';
export type { History } from './state/history.ts';
export { type Permit, type Present, permit } from './state/permit.ts';
export type { Hold, LogRecord } from './state/records.ts';
export { DEFAULT_RULE, type Rule } from './state/rule.ts';
export { signatureOf } from './state/signature.ts';
export { hasChanged, Situation } from './state/situation.ts';
export { elapsedMs, Stamp } from './state/stamp.ts';
export type { Failure, Opened, State, Trial } from './state/state.ts';
export { transition } from './state/transition.ts';
