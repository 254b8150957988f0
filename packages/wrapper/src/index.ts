// Every name here is public API.
export { type Begun, begin, beginAfter, hasTurnBegun, type RunSpec, resumeTurn } from './begin.ts';
export { followLog } from './follow-log.ts';
export { type LaunchOptions, launch, type SpawnWrapper } from './launch.ts';
export { spawnAttached } from './spawn-attached.ts';
export { readStepState } from './step-state.ts';
