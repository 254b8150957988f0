import { DEFAULTS, LOOKS_BEFORE_HUNG, type Policy, type State } from '@pm/protocol';
import { isBetweenAttempts, isOrder, type Observation } from './observation.ts';

/** What an observation means, and what it rests on. Everything but `waiting` asks the acting half for something. */
export type Verdict =
  /** The ending is out and carried out: derive the outcome. */
  | { readonly verdict: 'ended' }
  /** There will be no ending: the outcome is `lost`. */
  | { readonly verdict: 'lost'; readonly reason: LostReason; readonly evidence: string }
  /** Link this ending; whoever is first, it is then carried out. */
  | { readonly verdict: 'order'; readonly cause: 'timeout' | 'hung'; readonly evidence: string }
  /** Somebody's ending is not carried out: finish the kill. */
  | { readonly verdict: 'finish-kill' }
  /** The command has exited under a stopped wrapper, which must run to record it. */
  | { readonly verdict: 'continue-wrapper' }
  | { readonly verdict: 'waiting'; readonly state: Exclude<State, 'ended'>; readonly evidence: string };

/** The verdicts after which nothing more is to be expected of the run. */
export type FinalVerdict = Extract<Verdict, { readonly verdict: 'ended' | 'lost' }>;

export function isFinal(verdict: Verdict): verdict is FinalVerdict {
  return verdict.verdict === 'ended' || verdict.verdict === 'lost';
}

export type LostReason = 'rebooted' | 'never-started' | 'wrapper-gone' | 'beat-stale' | 'superseded';

/** Judges one observation. Pure: same input, same verdict. The order of the rules is the contract (DESIGN §6, seed's decision tree). */
export function decide(seen: Observation, policy: Policy): Verdict {
  if (seen.concluded || (seen.exited && !isBeingKilled(seen))) return { verdict: 'ended' };
  if (seen.rebooted) return lost('rebooted', 'the machine has restarted since');
  // After a suspend or a starved moment everything looks stale at once. Observe, do not act.
  if (seen.gapMs > 2 * seen.plannedGapMs + LATE_LOOK_MS)
    return waiting(seen, policy, `looking again: the last look was ${seconds(seen.gapMs)} ago`);
  if (seen.ending !== undefined) return underOrder(seen, policy);
  if (seen.wrapper === 'unseen' && seen.command === 'unseen') return started(seen);
  if (seen.superseded === true && !isLiving(seen.wrapper) && !isLiving(seen.command))
    return lost('superseded', 'its files were overwritten or removed before anybody read how it ended');
  if (seen.wrapper === 'gone' && !isLiving(seen.command)) return lost('wrapper-gone', goneWrapper(seen));
  if (seen.wrapper === 'stopped' && isDead(seen.command) && !isBetweenAttempts(seen))
    return { verdict: 'continue-wrapper' };
  if (seen.wrapper === 'elsewhere' && seen.beatAgeMs > policy.staleMs) return elsewhere(seen, policy);
  // It ended in time, however long the disk keeps its exit from being written.
  if (isLiving(seen.wrapper) && isDead(seen.command) && !isBetweenAttempts(seen))
    return waiting(seen, policy, recording(seen));
  const late = overdue(seen) ?? silent(seen, policy);
  return late ?? waiting(seen, policy, evidenceOfLife(seen, policy));
}

// Why: contributing/decisions/2026-11-23-an-order-waits-for-the-tree.md
/** The command has exited under an order, but others of its tree live: nothing is ended before they are gone or named. */
function isBeingKilled({ ending, treeAlive, wrapper }: Observation): boolean {
  return isOrder(ending) && treeAlive && wrapper !== 'elsewhere';
}

/** A watcher that is this much later than twice its plan was not running: its ages prove nothing. */
const LATE_LOOK_MS = 2_000;

function underOrder(seen: Observation, policy: Policy): Verdict {
  // Who wrote the ending is at work; a second TERM within its grace would look like impatience to the job.
  if (seen.treeAlive && seen.wrapper !== 'elsewhere') {
    return seen.orderAgeMs > policy.graceMs
      ? { verdict: 'finish-kill' }
      : waiting(seen, policy, `ending ordered: ${seen.ending?.cause}`);
  }
  if (seen.wrapper === 'stopped') return { verdict: 'continue-wrapper' };
  if (!isBeingRecorded(seen, policy)) return { verdict: 'ended' };
  if (seen.wrapper !== 'elsewhere') return waiting(seen, policy, recording(seen));
  const byWhom = seen.unidentified ? `by nobody: ${NO_PROCESS}` : 'where it runs';
  return waiting(seen, policy, `ending ordered: ${seen.ending?.cause}, to be carried out ${byWhom}`);
}

const NO_PROCESS = 'malformed: its records name no process of ours';

function recording(seen: Observation): string {
  if (isUnwritable(seen)) return UNRECORDED;
  const ended = 'the command has ended, its exit is being recorded';
  return seen.unrecordedMs === undefined ? ended : `${ended}, unless the disk is full`;
}

/** A wrapper that a busy machine keeps waiting between the open of its `exit` and the write is not out of room. */
const UNWRITTEN_MS = 2_000;

/** The wrapper has an `exit` and cannot fill it. */
export function isUnwritable({ unrecordedMs = 0 }: Observation): boolean {
  return unrecordedMs > UNWRITTEN_MS;
}

/** What is said of a run whose wrapper opens its `exit` and cannot fill it. */
export const UNRECORDED = 'the command has ended, but its exit could not be written yet: the disk is full';

/** The exit of a command that is known to be dead is worth this much patience: a full disk may keep it from being written. */
const RECORDING_MS = 5_000;

function isBeingRecorded(seen: Observation, policy: Policy): boolean {
  if (seen.wrapper === 'elsewhere') return seen.beatAgeMs <= policy.staleMs;
  const overdueMs = policy.graceMs + RECORDING_MS;
  return isLiving(seen.wrapper) && !(isDead(seen.command) && seen.orderAgeMs > overdueMs);
}

function started(seen: Observation): Verdict {
  // Whoever deletes a run takes its records one by one: what is missing by now may have been there.
  const hasBegun = seen.changing === true || seen.begun === true;
  if (seen.sinceClaimMs > DEFAULTS.startWindowMs && !hasBegun)
    return lost('never-started', `no wrapper began within ${seconds(DEFAULTS.startWindowMs)}`);
  return { verdict: 'waiting', state: 'starting', evidence: 'claimed, its wrapper has not begun yet' };
}

function elsewhere(seen: Observation, policy: Policy): Verdict {
  const silence = `no beat for ${seconds(seen.beatAgeMs)}`;
  const evidence = seen.unidentified ? `${silence}; ${NO_PROCESS}` : `${silence} from another host or pid namespace`;
  return seen.missedLooks >= LOOKS_BEFORE_HUNG ? lost('beat-stale', evidence) : waiting(seen, policy, evidence);
}

function overdue({ elapsedMs, limitMs }: Observation): Verdict | undefined {
  if (limitMs === null || elapsedMs <= limitMs) return undefined;
  return {
    verdict: 'order',
    cause: 'timeout',
    evidence: `ran ${seconds(elapsedMs)} of awake time, limit ${seconds(limitMs)}`,
  };
}

/** A kill needs the evidence the run's own policy asked for, missing on enough looks, and the command seen alive in this one. */
function silent(
  { silentMs, missedLooks, command, wrapper }: Observation,
  { liveness, staleMs }: Policy,
): Verdict | undefined {
  if (liveness === 'wrapper' || command !== 'running' || wrapper === 'elsewhere') return undefined;
  if (silentMs <= staleMs || missedLooks < LOOKS_BEFORE_HUNG) return undefined;
  return {
    verdict: 'order',
    cause: 'hung',
    evidence: `${WORDS[liveness]} for ${seconds(silentMs)} on ${missedLooks} looks, limit ${seconds(staleMs)}; the command was alive`,
  };
}

const WORDS = { output: 'no output', activity: 'no CPU or I/O in its tree', beat: 'no beat of its own' } as const;

function goneWrapper(seen: Observation): string {
  const { attempt } = seen;
  if (!isBetweenAttempts(seen)) return 'the wrapper died before it could record an exit';
  return `the wrapper died between two attempts; attempt ${attempt?.n} of ${attempt?.of} had ended with exit ${attempt?.failed}`;
}

function waiting(seen: Observation, policy: Policy, evidence: string): Verdict {
  return { verdict: 'waiting', state: stateOf(seen, policy), evidence };
}

function stateOf(seen: Observation, policy: Policy): Exclude<State, 'ended'> {
  if (seen.ending !== undefined) return 'stopping';
  if (seen.command === 'stopped') return 'suspended';
  return seen.quietMs > policy.quietAfterMs ? 'quiet' : 'running';
}

function evidenceOfLife(seen: Observation, policy: Policy): string {
  if (seen.wrapper === 'gone') return 'the wrapper is gone, the command lives: its exit status will be unknown';
  if (isBetweenAttempts(seen)) return resting(seen.attempt, policy);
  if (seen.command === 'stopped') return 'stopped by a signal; kill -CONT continues it';
  if (seen.quietMs > policy.quietAfterMs) return `no output, CPU or I/O for ${seconds(seen.quietMs)}`;
  if (seen.beatAgeMs > policy.staleMs)
    return `beat-lost: no beat for ${seconds(seen.beatAgeMs)}, but wrapper and command live`;
  if (seen.wrapper !== 'elsewhere') return `wrapper ${seen.command === 'elsewhere' ? UNREAD : 'and command alive'}`;
  const where = seen.unidentified ? NO_PROCESS : 'on another host or in another pid namespace';
  return `${where}; its last beat was ${seconds(seen.beatWallAgeMs)} ago`;
}

const UNREAD = 'alive; which process its command is cannot be read';

function resting(attempt: Observation['attempt'], { backoffMs = 0 }: Policy): string {
  return `attempt ${attempt?.n} of ${attempt?.of} ended with exit ${attempt?.failed}; the next begins ${seconds(backoffMs)} after that`;
}

function lost(reason: LostReason, evidence: string): Verdict {
  return { verdict: 'lost', reason, evidence };
}

function isLiving(sighting: Observation['command']): boolean {
  return sighting === 'running' || sighting === 'stopped';
}

function isDead(sighting: Observation['command']): boolean {
  return sighting === 'gone' || sighting === 'zombie';
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
