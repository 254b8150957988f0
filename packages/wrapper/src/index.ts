// Every name here is public API.
export { openLog as openAttemptLog } from './attempt-log.ts';
export { type Begun, begin, beginAfter, resumeTurn } from './begin.ts';
export { linkFlatNames } from './flat-names.ts';
export { followLog } from './follow-log.ts';
export { type LaunchOptions, launch, type SpawnWrapper } from './launch/launch.ts';
export { spawnAttached } from './launch/spawn-attached.ts';
export type { RunSpec } from './run-spec.ts';
export { readStepState } from './step-state.ts';
export { hasTurnBegun } from './turn-gate.ts';
