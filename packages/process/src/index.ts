export {
  type Activity,
  type ActivitySample,
  activityBetween,
  CPU_FLOOR_SHARE,
  IO_FLOOR_BYTES,
  sampleActivity,
  type Usage,
} from './activity.ts';
export { cgroupMembers, createCgroup, enterCgroup, leaveCgroup, removeCgroup } from './cgroup.ts';
export {
  type Identity,
  identify,
  isAlive,
  isOfThisUser,
  type Life,
  lifeOf,
  startedAtMs,
  zombieExit,
} from './identity.ts';
export { isBeforeBoot, isSamePidScope, type PidScope, seesOwnPids, thisPidScope } from './pid-scope.ts';
export { scan } from './platform/current.ts';
export type { ProcessRow, ProcessTable } from './process-table.ts';
export { locateCommand, type Resolution, resolveCommand } from './resolve-command.ts';
export { signalIfSame } from './signal.ts';
export { type NamedProcess, type TerminateOptions, type Termination, terminate } from './terminate.ts';
export { growTree, membersOf, type Tree, type TreeQuery, type TreeReaders } from './tree/grow-tree.ts';
