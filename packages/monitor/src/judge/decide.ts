import { DEFAULTS, LOOKS_BEFORE_HUNG, type Policy } from '@pm/protocol';
import * as evidence from './evidence.ts';
import { judgeMirror } from './mirrored.ts';
import {
  hasCommandExited,
  isGraceless,
  isLeaseOver,
  isOrder,
  isQuiet,
  type Observation,
  type Sighting,
} from './observation.ts';
import type { LiveState, LostReason, Verdict } from './verdict.ts';

/**
 * Judges one observation. Pure: the same observation and policy have the same verdict.
 *
 * The rules stand in order, and the first one that applies decides. Their order is part of what is promised:
 * decide.test.ts has a table of cases for each of them.
 */
export function decide(seen: Observation, policy: Policy): Verdict {
  return withRemark(seen, byFirstRule(seen, policy));
}

/** Adds what could not be read in the files of a foreign run to the evidence of its verdict. */
function withRemark({ remark }: Observation, verdict: Verdict): Verdict {
  return remark === undefined || !('evidence' in verdict)
    ? verdict
    : { ...verdict, evidence: `${verdict.evidence}; ${remark}` };
}

function byFirstRule(seen: Observation, policy: Policy): Verdict {
  return (
    ifMirrored(seen, policy) ??
    ifOver(seen) ??
    ifRebooted(seen) ??
    ifLeaseOver(seen) ??
    ifLookedTooLate(seen, policy) ??
    ifBeingTerminated(seen, policy) ??
    ifNotStarted(seen) ??
    ifSuperseded(seen) ??
    ifWrapperGone(seen) ??
    ifWrapperStopped(seen) ??
    ifSilentElsewhere(seen, policy) ??
    ifRecordingExit(seen, policy) ??
    ifOverLimit(seen) ??
    ifHung(seen, policy) ??
    waiting(seen, policy, evidence.signOfLife(seen, policy))
  );
}

/** The run is elsewhere, and its worker reports about it. */
function ifMirrored(seen: Observation, policy: Policy): Verdict | undefined {
  return seen.mirror === undefined ? undefined : judgeMirror(seen.mirror, seen, policy);
}

/** The outcome or the exit is on record. After an order the rest of the tree has to be gone, too. */
function ifOver(seen: Observation): Verdict | undefined {
  return seen.concluded || (seen.exited && !hasTreeToTerminate(seen)) ? { verdict: 'ended' } : undefined;
}

// Why: contributing/decisions/2026-11-23-an-order-waits-for-the-tree.md
/**
 * The command has exited after an order, but other processes of its tree are alive: they are terminated first, or named
 * as survivors.
 */
function hasTreeToTerminate({ ending, treeAlive, wrapper }: Observation): boolean {
  return isOrder(ending) && treeAlive && wrapper !== 'elsewhere';
}

/** The machine has restarted since the run began, so none of its processes is alive. */
function ifRebooted(seen: Observation): Verdict | undefined {
  return seen.rebooted ? lost('rebooted', 'the machine has restarted since') : undefined;
}

// Why: contributing/decisions/2026-11-29-a-lease-ends-with-its-evidence.md
/**
 * The lease of the run is over, so nothing of it may live any more. It rests on an instant and not on the time between two looks: it
 * comes before the rule about late looks, and no grace delays it. A command that has ended by itself keeps its exit.
 */
function ifLeaseOver(seen: Observation): Verdict | undefined {
  const { ending, lease, treeAlive, wrapper, command } = seen;
  if (lease === undefined || !isLeaseOver(seen)) return undefined;
  if (ending !== undefined)
    return isOrder(ending) && treeAlive && wrapper !== 'elsewhere' ? { verdict: 'finish-kill' } : undefined;
  const isGone = wrapper === 'gone' && !isLiving(command) && !treeAlive;
  if (isGone || isRecordingExit(seen)) return undefined;
  return { verdict: 'order', cause: 'lost', evidence: evidence.leaseOver(lease) };
}

/** A look that comes this much later than twice its plan: the watcher was not running. */
const LATE_LOOK_MS = 2_000;

/** The watcher was asleep or starved, so everything looks stale at once. It looks again, and does nothing else. */
function ifLookedTooLate(seen: Observation, policy: Policy): Verdict | undefined {
  if (seen.gapMs <= 2 * seen.plannedGapMs + LATE_LOOK_MS) return undefined;
  return waiting(seen, policy, evidence.lateLook(seen.gapMs));
}

/**
 * An ending is on record, and the run is not over: there is no exit yet, or processes of the tree are alive. The writer
 * of the ending terminates the tree. During the grace nobody else does, because the job must not get a second TERM.
 * After the grace anybody does. Then the wrapper has to record the exit.
 */
function ifBeingTerminated(seen: Observation, policy: Policy): Verdict | undefined {
  const { ending, treeAlive, wrapper, orderAgeMs } = seen;
  if (ending === undefined) return undefined;
  if (treeAlive && wrapper !== 'elsewhere') {
    if (orderAgeMs > (isGraceless(seen) ? 0 : policy.graceMs)) return { verdict: 'finish-kill' };
    return waiting(seen, policy, evidence.terminationOrdered(ending));
  }
  if (wrapper === 'stopped') return { verdict: 'continue-wrapper' };
  if (!mayStillRecordItsExit(seen, policy)) return { verdict: 'ended' };
  const why = wrapper === 'elsewhere' ? evidence.terminationOrderedElsewhere(seen) : evidence.exitBeingRecorded(seen);
  return waiting(seen, policy, why);
}

/**
 * How long after the grace to wait for the exit of a command that is known to be dead: a full disk may keep it from
 * being written.
 */
const RECORDING_MS = 5_000;

function mayStillRecordItsExit({ wrapper, command, beatAgeMs, orderAgeMs }: Observation, policy: Policy): boolean {
  if (wrapper === 'elsewhere') return beatAgeMs <= policy.staleMs;
  return isLiving(wrapper) && !(isDead(command) && orderAgeMs > policy.graceMs + RECORDING_MS);
}

/**
 * Neither wrapper nor command is on record. After the start window they will not come. Records that are being deleted
 * one by one look the same, so a run that shows any trace of a beginning is not called lost.
 */
function ifNotStarted(seen: Observation): Verdict | undefined {
  if (seen.wrapper !== 'unseen' || seen.command !== 'unseen') return undefined;
  const mayHaveBegun = seen.changing === true || seen.begun === true;
  if (seen.sinceClaimMs > DEFAULTS.startWindowMs && !mayHaveBegun)
    return lost('never-started', evidence.neverStarted(DEFAULTS.startWindowMs));
  return { verdict: 'waiting', state: 'starting', evidence: 'claimed, its wrapper has not started yet' };
}

/**
 * A foreign run that is not alive, and whose files the next run has overwritten: nobody can read any more how it ended.
 */
function ifSuperseded({ superseded, wrapper, command }: Observation): Verdict | undefined {
  if (superseded !== true || isLiving(wrapper) || isLiving(command)) return undefined;
  return lost('superseded', 'its files were overwritten or removed before anybody read how it ended');
}

// Why: contributing/decisions/2026-11-29-an-adopted-process.md
/**
 * Wrapper and command are both gone, and no exit is on record: nobody will write one. An adopted process had no wrapper:
 * only the process that started it gets its exit status.
 */
function ifWrapperGone(seen: Observation): Verdict | undefined {
  if (seen.wrapper !== 'gone' || isLiving(seen.command)) return undefined;
  if (seen.adopted === true) return lost('exit-unknown', evidence.adoptedEnded);
  return lost('wrapper-gone', evidence.wrapperDied(seen));
}

/** The command has exited, and its wrapper is stopped by a signal. */
function ifWrapperStopped(seen: Observation): Verdict | undefined {
  return seen.wrapper === 'stopped' && hasCommandExited(seen) ? { verdict: 'continue-wrapper' } : undefined;
}

/**
 * On another host, or in another pid namespace, only the heartbeat can be seen. It is stale. An adopted process has no
 * heartbeat, so from there nothing can be said about it.
 */
function ifSilentElsewhere(seen: Observation, policy: Policy): Verdict | undefined {
  if (seen.adopted === true || seen.wrapper !== 'elsewhere' || seen.beatAgeMs <= policy.staleMs) return undefined;
  const why = evidence.noHeartbeat(seen);
  return seen.missedLooks >= LOOKS_BEFORE_HUNG ? lost('beat-stale', why) : waiting(seen, policy, why);
}

/**
 * The command has exited, and its wrapper is alive. It ended in time, however long a full disk or a folder that cannot
 * be written to keeps the exit from being recorded.
 */
function ifRecordingExit(seen: Observation, policy: Policy): Verdict | undefined {
  if (!isRecordingExit(seen)) return undefined;
  return waiting(seen, policy, evidence.exitBeingRecorded(seen));
}

/** The command has ended by itself, and its living wrapper has not recorded the exit yet. Nothing is left to order. */
export function isRecordingExit(seen: Observation): boolean {
  const hasWrapper = isLiving(seen.wrapper) || seen.wrapper === 'elsewhere';
  return hasWrapper && seen.ending === undefined && !seen.exited && hasCommandExited(seen);
}

function ifOverLimit({ elapsedMs, limitMs }: Observation): Verdict | undefined {
  if (limitMs === null || elapsedMs <= limitMs) return undefined;
  return { verdict: 'order', cause: 'timeout', evidence: evidence.ranTooLong(elapsedMs, limitMs) };
}

/**
 * The sign of life that the policy asks for stayed away for too long and on enough looks, and this look saw the command
 * alive. A policy that rests on the wrapper alone calls nothing hung.
 */
function ifHung(seen: Observation, { liveness, staleMs }: Policy): Verdict | undefined {
  if (liveness === 'wrapper' || seen.command !== 'running' || seen.wrapper === 'elsewhere') return undefined;
  if (seen.silentMs <= staleMs || seen.missedLooks < LOOKS_BEFORE_HUNG) return undefined;
  return { verdict: 'order', cause: 'hung', evidence: evidence.silentFor(seen, liveness, staleMs) };
}

function waiting(seen: Observation, policy: Policy, why: string): Verdict {
  return { verdict: 'waiting', state: stateOf(seen, policy), evidence: why };
}

function stateOf(seen: Observation, policy: Policy): LiveState {
  if (seen.ending !== undefined) return 'stopping';
  if (seen.command === 'stopped') return 'suspended';
  return isQuiet(seen, policy) ? 'quiet' : 'running';
}

function lost(reason: LostReason, why: string): Verdict {
  return { verdict: 'lost', reason, evidence: why };
}

function isLiving(sighting: Sighting): boolean {
  return sighting === 'running' || sighting === 'stopped';
}

function isDead(sighting: Sighting): boolean {
  return sighting === 'gone' || sighting === 'zombie';
}
