import { DEFAULTS, type Policy } from '@pm/protocol';
import { nearLimitMs } from './attention.ts';
import type { Observation } from './observation.ts';

/** Looks within one `staleMs`: enough for three to miss the evidence before it is over. */
const LOOKS_PER_STALE = 5;
const SHORTEST_MS = 20;
const STOPPING_MS = 100;
const CONFIRM_MS = 1_000;

/** How long a look at a whole tree may stand for those that follow: it costs far more than the records. */
const TREE_MS = 60_000;

/** How often the tree of a run has to be looked at, ms: often enough for the silence that its policy asks about. */
export function treeIntervalMs({ liveness, staleMs, quietAfterMs }: Policy): number {
  const ofEvidence = liveness === 'wrapper' ? TREE_MS : staleMs / LOOKS_PER_STALE;
  return Math.min(TREE_MS, quietAfterMs / LOOKS_PER_STALE, ofEvidence);
}

/** Of more runs than this those that go on as before are looked at half as often. */
const CROWD = 64;

// Why: contributing/decisions/2026-11-23-polling-is-the-truth.md
/**
 * How long until the next look, if nothing wakes the watcher before: the poll, or sooner where a rule is about to apply.
 * @param runs how many are watched together
 */
export function nextLookMs(seen: Observation, policy: Policy, runs = 1): number {
  const due: number[] = [DEFAULTS.pollMs * (runs > CROWD ? 2 : 1)];
  if (seen.wrapper === 'unseen' || seen.command === 'zombie' || seen.wrapper === 'stopped') due.push(STOPPING_MS);
  if (seen.ending !== undefined || seen.unrecordedMs !== undefined) due.push(STOPPING_MS);
  if (policy.liveness !== 'wrapper' || seen.wrapper === 'elsewhere') {
    due.push(policy.staleMs / LOOKS_PER_STALE);
    // Already silent for too long at the first look, as a foreign writer's heartbeat may be: confirm it soon.
    if (seen.silentMs > policy.staleMs) due.push(CONFIRM_MS);
  }
  const nearMs = nearLimitMs(seen);
  if (nearMs !== undefined && seen.elapsedMs < nearMs) due.push(nearMs - seen.elapsedMs + 1);
  if (seen.quietMs <= policy.quietAfterMs) due.push(policy.quietAfterMs - seen.quietMs + 1);
  // Over it already: what keeps it from being ended (a full disk) does not pass within a millisecond.
  if (seen.limitMs !== null) due.push(seen.elapsedMs > seen.limitMs ? STOPPING_MS : seen.limitMs - seen.elapsedMs + 1);
  return Math.max(Math.min(...due), SHORTEST_MS);
}
