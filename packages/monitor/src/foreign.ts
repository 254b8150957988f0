import { type Stats, statSync } from 'node:fs';
import { decodeStatus, type RunRecord, stepPaths } from '@pm/protocol';
import { readRecord } from '@pm/protocol/fs';
import type { Inherited, Signs } from './memory.ts';
import type { Derived } from './outcome-of.ts';

/** The seed's wrapper writes `.status` before `.result`; a reader at full speed saw no result 216 times in 500 (research: D6). */
const RESULT_GRACE_MS = 500;

/** What a foreign writer's `.status` says about this run; undefined while it says nothing, or speaks of an earlier one. */
export function foreignStatus(dir: string, run: RunRecord): { word: 'SUCCESS' | 'FAILED'; atMs: number } | undefined {
  const reading = readRecord(stepPaths(dir, run.step).status, decodeStatus);
  return reading.kind === 'present' && isOfThisRun(run, reading.atMs)
    ? { word: reading.value, atMs: reading.atMs }
    : undefined;
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
  const { result } = stepPaths(dir, run.step);
  const stat = statOf(result);
  return stat !== undefined && stat.size > 0 && isOfThisRun(run, stat.mtimeMs) ? result : undefined;
}

/** Outcome and reason as far as two words can tell them. */
export function foreignOutcome(word: 'SUCCESS' | 'FAILED'): Derived {
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
): Pick<Signs, 'beat' | 'beatWallAgeMs' | 'ownBeatAtMs'> {
  const sinceMs = Math.max(0, wallMs - (run.foreign?.pidAtMs ?? wallMs));
  return {
    // Only the first look may believe the wall clock: a replacement monitor has nothing else to tell the elapsed time from.
    beat: first ? Math.floor(sinceMs / run.policy.beatMs) : undefined,
    beatWallAgeMs: sinceMs % run.policy.beatMs,
    ownBeatAtMs: statOf(stepPaths(dir, run.step).heartbeat)?.mtimeMs ?? 0,
  };
}

/** What the first look holds against it: the age of its heartbeat, or of its start if there is none (seed: D14, never beaten). */
export function foreignSilence(signs: Signs, run: RunRecord, wallMs: number): Inherited {
  const { logBytes, ownBeatAtMs, cpuMs, ioBytes, beat } = signs;
  const since = ownBeatAtMs === 0 ? (run.foreign?.pidAtMs ?? wallMs) : ownBeatAtMs;
  return { beat: beat ?? 0, logBytes, ownBeatAtMs, cpuMs, ioBytes, silentMs: Math.max(0, wallMs - since), quietMs: 0 };
}

/** Yesterday's files were last written before this run's `.pid` was. */
function isOfThisRun({ foreign }: RunRecord, mtimeMs: number): boolean {
  return foreign !== undefined && mtimeMs >= foreign.pidAtMs;
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}
