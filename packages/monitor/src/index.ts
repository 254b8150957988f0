// Every name here is public API.

export { begunAtMs, type Conclusion, conclude, orderEnding, truncationOf } from './finish/conclude.ts';
export { appendEvent } from './finish/event-log.ts';
export { clearNotified, markNotified, notifiedOf } from './finish/notified-troubles.ts';
export { type TerminateRunOptions, terminateRun } from './finish/terminate-run.ts';
export { adopt, stepsWithPid } from './foreign/adopt.ts';
export { nearLimitMs, type Trouble, troublesOf } from './judge/attention.ts';
export { decide, type LostReason, type Verdict } from './judge/decide.ts';
export type { Observation, Sighting } from './judge/observation.ts';
export { adviceOf, type DerivedOutcome, lostOutcome, outcomeOf } from './judge/outcome-of.ts';
export type { SignsOfLife, SilenceState } from './judge/silence.ts';
export { type Look, observe } from './look/observe.ts';
export { type Snapshot, takeSnapshot } from './look/snapshot.ts';
export { isTransient } from './look/transient-errors.ts';
export { isNewerProgram } from './resident/compare-versions.ts';
export { elect, type Residency, residentOf } from './resident/election.ts';
export { type ResideOptions, reside } from './resident/reside.ts';
export { discoverRuns, type RunDiscovery } from './watch/discover-runs.ts';
export { type Judgement, judgeOnce } from './watch/judge-once.ts';
export { moveLimit } from './watch/move-limit.ts';
export { type StopOptions, stop } from './watch/stop.ts';
export { type WatchEvent, type WatchOptions, watch } from './watch/watch.ts';
export { type WatchDirectoryOptions, watchDirectory } from './watch/watch-directory.ts';
