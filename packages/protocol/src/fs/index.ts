// Every name here is public API.
export { type Claim, claim, claimedSteps, claimNumbers, readClaim, readNumberedClaim, removeClaim } from './claim.ts';
export { isDirectory, makeFolder, openDirectory, refuseFile } from './directory.ts';
export { isOwnFolder, isSameFile, namesIn, statOf, watchFolders } from './entries.ts';
export { markSeen, markWaiting, readersOf, seenBy, waitersOf } from './marks.ts';
export { openLog } from './open-log.ts';
export { addWork, closeWork, openWork } from './open-work.ts';
export { addQueued, hasQueued, queuedSteps, readQueued, removeQueued } from './queued-runs.ts';
export { presentIn, type Reading, readRecord } from './read-record.ts';
export {
  type RecordedReadiness,
  type RunOnDisk,
  readAttempt,
  readLease,
  readOutcome,
  readReadiness,
  readRun,
  readRunRecord,
} from './read-run.ts';
export { forgetDirectory, isRegistered, registerDirectory, registeredDirectories } from './registry.ts';
export { removeRun, sweep } from './remove-run.ts';
export { type KeptReport, keepReport, readReport } from './reports.ts';
export { createRecord, isOutOfRoom, linkOnce, replaceRecord, reserveRoom } from './write-record.ts';
