import { DEFAULTS, type Policy } from '@pm/protocol';
import { nearLimitMs } from './near-limit.ts';
import { isLeaseOver, type Observation } from './observation.ts';

/** How often a watcher does what. All durations in milliseconds. */

/** Looks within one `staleMs`: enough for three to miss the evidence before it is over. */
const LOOKS_PER_STALE = 5;
/** Never more often than this. */
const SHORTEST_MS = 20;
/** Something is about to happen: the run is starting or ending, or waits for room on the disk. */
const STOPPING_MS = 100;
/** The sign of life is overdue already at the first look. */
const CONFIRM_MS = 1_000;

/** How long a look at a whole tree may stand for those that follow: it costs far more than the records. */
const TREE_MS = 60_000;

/** More runs than this share the time: those that go on as before are looked at half as often. */
const CROWD = 64;

/** How long a new run may go unnoticed where folders cannot be watched. */
export const DISCOVER_MS = 1_000;

/** How soon a look is tried again that a transient error prevented. */
export const RETRY_MS = 1_000;

/** How often the tree of a run has to be looked at: often enough for the silence that its policy asks about. */
export function treeIntervalMs({ liveness, staleMs, quietAfterMs }: Policy): number {
  const ofEvidence = liveness === 'wrapper' || liveness === 'check' ? TREE_MS : staleMs / LOOKS_PER_STALE;
  return Math.min(TREE_MS, quietAfterMs / LOOKS_PER_STALE, ofEvidence);
}

// Why: contributing/decisions/2026-11-23-polling-is-the-truth.md
/**
 * How long until the next look, if nothing wakes the watcher before: the poll interval, or sooner where a rule is about
 * to apply.
 * @param runs how many are watched together
 */
export function nextLookMs(seen: Observation, policy: Policy, runs = 1): number {
  if (seen.mirror !== undefined) return CONFIRM_MS; // its news arrive in between, and wake the watcher
  const due: number[] = [DEFAULTS.pollMs * (runs > CROWD ? 2 : 1)];
  if (seen.wrapper === 'unseen' || seen.command === 'zombie' || seen.wrapper === 'stopped') due.push(STOPPING_MS);
  if (seen.ending !== undefined || seen.unrecordedMs !== undefined) due.push(STOPPING_MS);
  if (policy.liveness !== 'wrapper' || seen.wrapper === 'elsewhere') {
    due.push(policy.staleMs / LOOKS_PER_STALE);
    // At the first look a foreign run's heartbeat may already be stale: confirm that soon.
    if (seen.silentMs > policy.staleMs) due.push(CONFIRM_MS);
  }
  const nearMs = nearLimitMs(seen);
  if (nearMs !== undefined && seen.elapsedMs < nearMs) due.push(nearMs - seen.elapsedMs + 1);
  if (policy.service !== true && seen.quietMs <= policy.quietAfterMs) due.push(policy.quietAfterMs - seen.quietMs + 1);
  // Over its limit already: what keeps it from being terminated (a full disk) is not gone within a millisecond.
  if (seen.limitMs !== null) due.push(seen.elapsedMs > seen.limitMs ? STOPPING_MS : seen.limitMs - seen.elapsedMs + 1);
  if (seen.lease !== undefined) due.push(isLeaseOver(seen) ? STOPPING_MS : seen.lease.leftMs + 1);
  return Math.max(Math.min(...due), SHORTEST_MS);
}

const FEW = 16;

/**
 * How often to glance at runs between their looks: is an exit there, is the wrapper gone? Of many runs half as often,
 * because an ending wakes the watcher anyway.
 */
export function glanceIntervalMs(runs: number): number {
  return runs > FEW ? 2_000 : 1_000;
}

/** A look into /proc costs three times as much as one at a folder: at most so many of them a second. */
const LIVES_PER_SECOND = 16;

/** How often a glance asks whether the processes of a run are alive: of few runs every time. */
export function lifeIntervalMs(runs: number): number {
  return runs > LIVES_PER_SECOND ? (runs / LIVES_PER_SECOND) * 1_000 : 0;
}
