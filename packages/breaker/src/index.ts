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
export { now } from './log/this-process.ts';
export type { Standing } from './standing.ts';
export { type Entry, type History, inOrder, type Logged, type RunFact } from './state/entry.ts';
export { type Permit, type Present, permit } from './state/permit.ts';
export type { Hold, LogRecord } from './state/records.ts';
export { signatureOf } from './state/signature.ts';
export { hasChanged, Situation } from './state/situation.ts';
export { elapsedMs, Stamp } from './state/stamp.ts';
export { DEFAULT_RULE, type Failure, type Opened, type Rule, type State, type Trial } from './state/state.ts';
export { fold, transition } from './state/transition.ts';
