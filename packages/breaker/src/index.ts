// Every name here is public API.
export { type Breaker, openBreaker } from './breaker.ts';
export { type GitReader, gitOnce } from './fingerprint/git-tree.ts';
export { takeStart } from './log/start-quota.ts';
export type { BreakerSnapshot } from './snapshot.ts';
export type { BreakerRun, History } from './state/events.ts';
export { signatureOf } from './state/signature.ts';
