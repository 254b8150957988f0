// Every name here is public API.
export { adopt, stepsWithPid } from './adopt.ts';
export { type CarryOut, carryOut } from './carry-out.ts';
export { type Conclusion, conclude, order } from './conclude.ts';
export { decide, type LostReason, type Verdict } from './decide.ts';
export type { Memory, Signs } from './memory.ts';
export type { Observation, Sighting } from './observation.ts';
export { type Look, observe, type Tick } from './observe.ts';
export { adviceOf, type Derived, lostOutcome, outcomeOf } from './outcome-of.ts';
export { type StopOptions, stop } from './stop.ts';
export { type WatchEvent, type WatchOptions, watch } from './watch.ts';
