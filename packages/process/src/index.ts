// Every name here is public API and listed in test/surface.test.ts.

export { type ActivitySample, activityBetween, sampleActivity } from './activity.ts';
export { rememberAncestors } from './ancestors.ts';
export {
  cgroupMembers,
  createCgroup,
  hastenCgroupMoves,
  isCgroupEmpty,
  killCgroup,
  leaveCgroup,
  removeCgroup,
} from './cgroup.ts';
export { type Identity, identify, isAlive, isOfThisUser, type Life, lifeOf, startedAtMs } from './identity.ts';
export { closeInherited, type Replacements, replaceInherited } from './inherited-descriptors.ts';
export { lastingFolders } from './lasting-path.ts';
export { type OomCount, oomCountHere, oomKillsIn } from './oom.ts';
export { isBeforeBoot, isSamePidScope, type PidScope, seesOwnPids, thisPidScope } from './pid-scope.ts';
export { bootClockMs } from './platform/boot-clock.ts';
export { scan } from './platform/current.ts';
export { type Listener, listenersOn, nameHolder, nameListeners, type PortHolder, portsOf } from './ports/listeners.ts';
export { whyNotListening, whyPortTaken } from './ports/port-use.ts';
export type { ProcessTable } from './process-table.ts';
export { type Program, programOf } from './program.ts';
export { locateCommand, type Resolution, resolveCommand } from './resolve-command.ts';
export { signalIfSame } from './signal.ts';
export { type Termination, terminate } from './terminate.ts';
export { growTree, membersOf } from './tree/grow-tree.ts';
export { type MarkedProcess, markedProcesses } from './tree/marked-processes.ts';
export { suspectsOf } from './tree/suspects.ts';
export type { Tree } from './tree/tree.ts';
export { type TreeUsage, treeUsage } from './usage/tree-usage.ts';
