// Every name here is public API.
export { openLog as openAttemptLog } from './attempt-log.ts';
export { type Begun, begin, beginAfter, linkFlatNames, type RunSpec, resumeTurn } from './begin.ts';
export { followLog } from './follow-log.ts';
export { type LaunchOptions, launch, type SpawnWrapper } from './launch.ts';
export { spawnAttached } from './spawn-attached.ts';
export { readStepState } from './step-state.ts';
export { hasTurnBegun } from './turn-gate.ts';
