export { type Claim, claim, claimedSteps, claimNumbers, readClaim } from './claim.ts';
export { isDirectory, openDirectory } from './directory.ts';
export { makeFolder } from './make-folder.ts';
export { readAttempt } from './read-attempt.ts';
export { readOutcome } from './read-outcome.ts';
export { presentIn, type Reading, readRecord } from './read-record.ts';
export { type RunOnDisk, readRun, readRunRecord } from './read-run.ts';
export { isSameFile } from './same-file.ts';
export { createRecord, linkOnce, replaceRecord } from './write-record.ts';
