// Every name here is public API.
export {
  type Breaker,
  type BreakerDecision,
  type BreakerOptions,
  type EndingDetails,
  openBreaker,
  type RecordedEnding,
  type WorkRequest,
} from './breaker.ts';
export { type FingerprintInput, fingerprint } from './fingerprint/fingerprint.ts';
export { takeStart } from './log/start-quota.ts';
export { timestampNow } from './log/this-process.ts';
export type { BreakerSnapshot } from './snapshot.ts';
export { type Decision, type DecisionInput, decide } from './state/decide.ts';
export { type BreakerEvent, type BreakerRun, eventsInOrder, type History, type LoggedRecord } from './state/events.ts';
export type { Hold, LogRecord } from './state/records.ts';
export { signatureOf } from './state/signature.ts';
export { hasChanged, Situation } from './state/situation.ts';
export { type BreakerState, DEFAULT_RULE, type Failure, type Opened, type Rule, type Trial } from './state/state.ts';
export { elapsedMs, Timestamp } from './state/timestamp.ts';
export { replay, transition } from './state/transition.ts';
