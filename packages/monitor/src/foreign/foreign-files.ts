import { utimesSync } from 'node:fs';
import { type Decoded, decodePid, decodeStatus, type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { createRecord, presentIn, readRecord, statOf } from '@pm/protocol/fs';
import type { DerivedOutcome } from '../judge/outcome-of.ts';
import type { InheritedSilence, SignsOfLife } from '../judge/silence.ts';

/** The seed's wrapper writes `.status` before `.result`; a reader at full speed saw no result 216 times in 500 (research: D6). */
const RESULT_GRACE_MS = 500;

// Why: contributing/decisions/2026-11-23-adopted-runs.md
/** What a foreign writer's `.status` says about this run; undefined while it says nothing, or speaks of an earlier one. */
export function foreignStatus(dir: string, run: RunRecord): { word: 'SUCCESS' | 'FAILED'; atMs: number } | undefined {
  if (run.foreign === undefined) return undefined; // a job of ours may have left anything by that name
  const kept = readRecord(runPaths(dir, run.id).status, decodeStatus);
  if (kept.kind === 'present') return { word: kept.value, atMs: kept.atMs };
  const reading = readRecord(stepPaths(dir, run.step).status, decodeStatus);
  if (reading.kind !== 'present' || !isOfThisRun(run, reading.atMs)) return undefined;
  // Asked after it was read: the next run writes its `.pid` first, so what stood there before that was this run's.
  return announcementOf(dir, run) === 'overwritten' ? undefined : { word: reading.value, atMs: reading.atMs };
}

/**
 * What has become of the `.pid` that announced this run. Writers that run one after the other overwrite each other's files: then
 * nobody can read any more how this one ended.
 */
export function announcementOf(dir: string, { step, foreign }: RunRecord): 'there' | 'removed' | 'overwritten' {
  const { pid } = stepPaths(dir, step);
  const stat = statOf(pid);
  if (stat === undefined) return 'removed';
  const named = presentIn(readRecord(pid, decodePid)) ?? 0; // as adopted: one that cannot be read is nobody's
  return stat.mtimeMs === foreign?.pidAtMs && named === foreign.pid ? 'there' : 'overwritten';
}

/** Takes its status and its result into its own folder while they can be read: the next run may remove them within milliseconds. */
export function saveForeignFiles(dir: string, run: RunRecord): void {
  const own = runPaths(dir, run.id);
  const status = foreignStatus(dir, run);
  if (status === undefined) return;
  const file = foreignResult(dir, run);
  const result = file === undefined || file === own.result ? undefined : presentIn(readRecord(file, asItIs));
  if (result !== undefined && announcementOf(dir, run) !== 'overwritten') createRecord(own.result, result);
  if (createRecord(own.status, `${status.word}\n`)) utimesSync(own.status, status.atMs / 1000, status.atMs / 1000);
}

function asItIs(value: string): Decoded<string> {
  return { kind: 'present', value };
}

/** True once nothing more is to be expected: a status, and after SUCCESS the result or half a second. */
export function foreignHasEnded(dir: string, run: RunRecord, wallMs: number): boolean {
  const status = foreignStatus(dir, run);
  if (status === undefined) return false;
  return (
    status.word === 'FAILED' ||
    foreignResult(dir, run) !== undefined ||
    Math.abs(wallMs - status.atMs) > RESULT_GRACE_MS
  );
}

/** The `.result` of this run, if it is not yesterday's and has something in it. */
export function foreignResult(dir: string, run: RunRecord): string | undefined {
  const kept = runPaths(dir, run.id).result;
  if (statOf(kept) !== undefined) return kept;
  const { result } = stepPaths(dir, run.step);
  const stat = statOf(result);
  if (stat === undefined || stat.size === 0 || !isOfThisRun(run, stat.mtimeMs)) return undefined;
  return announcementOf(dir, run) === 'overwritten' ? undefined : result;
}

/** Outcome and reason as far as two words can tell them. */
export function foreignOutcome(word: 'SUCCESS' | 'FAILED'): DerivedOutcome {
  return word === 'SUCCESS'
    ? { outcome: 'success', reason: 'status-success', evidence: 'its own .status says SUCCESS' }
    : { outcome: 'failed', reason: 'status-failed', evidence: 'its own .status says FAILED' };
}

/** Its heartbeat's mtime is the evidence the seed gives; it has no number, so it is no awake clock. */
export function foreignSigns(
  dir: string,
  run: RunRecord,
  first: boolean,
  wallMs: number,
): Pick<SignsOfLife, 'beat' | 'beatWallAgeMs' | 'ownBeatAtMs'> {
  const sinceMs = Math.max(0, wallMs - (run.foreign?.pidAtMs ?? wallMs));
  return {
    // Only the first look may believe the wall clock: a replacement monitor has nothing else to tell the elapsed time from.
    beat: first ? Math.floor(sinceMs / run.policy.beatMs) : undefined,
    beatWallAgeMs: sinceMs % run.policy.beatMs,
    ownBeatAtMs: statOf(stepPaths(dir, run.step).heartbeat)?.mtimeMs ?? 0,
  };
}

/** What the first look holds against it: the age of its heartbeat, or of its start if there is none (seed: D14, never beaten). */
export function foreignSilence(signs: SignsOfLife, run: RunRecord, wallMs: number): InheritedSilence {
  const { logBytes, ownBeatAtMs, cpuMs, ioBytes, beat } = signs;
  const since = ownBeatAtMs === 0 ? (run.foreign?.pidAtMs ?? wallMs) : ownBeatAtMs;
  return { beat: beat ?? 0, logBytes, ownBeatAtMs, cpuMs, ioBytes, silentMs: Math.max(0, wallMs - since), quietMs: 0 };
}

/** Yesterday's files were last written before this run's `.pid` was. */
function isOfThisRun({ foreign }: RunRecord, mtimeMs: number): boolean {
  return foreign !== undefined && mtimeMs >= foreign.pidAtMs;
}
