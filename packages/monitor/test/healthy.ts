import type { Observation } from '../src/judge/observation.ts';

/** A run in the middle of its work, ten minutes of thirty gone, looked at as planned: what tables patch. */
export const healthy: Observation = {
  gapMs: 15_000,
  plannedGapMs: 15_000,
  concluded: false,
  exited: false,
  ending: undefined,
  orderAgeMs: 0,
  rebooted: false,
  wrapper: 'running',
  command: 'running',
  treeAlive: true,
  sinceClaimMs: 600_000,
  elapsedMs: 600_000,
  limitMs: 1_800_000,
  unidentified: false,
  beatWallAgeMs: 3_000,
  beatAgeMs: 0,
  silentMs: 0,
  missedLooks: 0,
  quietMs: 0,
  logTruncated: false,
};
