// Every name here is public API and listed in test/surface.test.ts.

export { announce } from './finish/announce.ts';
export { appendEvent } from './finish/event-log.ts';
export { markNotified } from './finish/notified-troubles.ts';
export { orderEnding } from './finish/order-ending.ts';
export { readTruncation } from './finish/outcome-record.ts';
export { type Trouble, troublesOf } from './judge/attention.ts';
export { nearLimitMs } from './judge/near-limit.ts';
export { adviceOf } from './judge/outcome-of.ts';
export type { Verdict } from './judge/verdict.ts';
export type { Look } from './look/observe.ts';
export { processesOf } from './look/run-tree.ts';
export { type Snapshot, takeSnapshot } from './look/snapshot.ts';
export { isTransient } from './look/transient-errors.ts';
export { isNewerProgram } from './resident/compare-versions.ts';
export { findResident } from './resident/election.ts';
export { type ResidentWork, type ResideOptions, reside } from './resident/reside.ts';
export { adopt, announcedSteps } from './source/adopt-foreign-run.ts';
export { begunAtMs } from './source/source-of.ts';
export { adoptProcess, type ProcessToAdopt } from './watch/adopt-process.ts';
export { doubtOnStop } from './watch/doubt-on-stop.ts';
export { extendLease } from './watch/extend-lease.ts';
export { judgeOnce } from './watch/judge-once.ts';
export { moveLimit } from './watch/move-limit.ts';
export { type FoundRun, restoreDeleted } from './watch/restore-deleted.ts';
export { stop } from './watch/stop.ts';
export { type WatchEvent, watch } from './watch/watch.ts';
export { watchDirectory } from './watch/watch-directory.ts';
