// Every name here is public API.
export { type Begun, begin, beginAfter, type Overtaken, type RunSpec, readStepState, type StepState } from './begin.ts';
export { type FollowOptions, followLog } from './follow-log.ts';
export { type LaunchOptions, launch, type SpawnWrapper, type WrapperStdio } from './launch.ts';
export { spawnAttached } from './launch-attached.ts';
