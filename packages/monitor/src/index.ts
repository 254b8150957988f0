// Every name here is public API.
export { adopt, stepsWithPid } from './adopt.ts';
export { nearLimitMs, type Trouble, troublesOf } from './attention.ts';
export { type CarryOut, carryOut } from './carry-out.ts';
export { begunAtMs, type Conclusion, conclude, order } from './conclude.ts';
export { decide, type LostReason, type Verdict } from './decide.ts';
export type { Memory, Signs } from './memory.ts';
export { moveLimit } from './move-limit.ts';
export type { Observation, Sighting } from './observation.ts';
export { type Look, observe, type Tick } from './observe.ts';
export { adviceOf, type Derived, lostOutcome, outcomeOf } from './outcome-of.ts';
export { isPassing } from './passing.ts';
export { type ResideOptions, reside } from './reside.ts';
export { elect, type Residency, residentOf } from './residency.ts';
export { type StopOptions, stop } from './stop.ts';
export { forgetTold, noteTold, toldOf } from './told.ts';
export { type Finder, finderOf } from './unfinished.ts';
export { type WatchEvent, type WatchOptions, watch } from './watch.ts';
export { type WatchDirectoryOptions, watchDirectory } from './watch-directory.ts';
