import { decodeJson, encodeJson, runPaths, TraceRecord } from '@pm/protocol';
import { presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import type { InheritedSilence, SilenceState } from '../judge/silence.ts';

/** What the last monitor knew of a run's time and silence, or undefined. Only a hint: without it both are counted anew. */
export function readTrace(dir: string, runId: string): InheritedSilence | undefined {
  return presentIn(readRecord(runPaths(dir, runId).trace, (text) => decodeJson(TraceRecord, text)));
}

// Why: contributing/decisions/2026-11-23-silence-is-inherited.md
/**
 * Leaves time and silence to the next monitor, in beats: the one clock that all monitors of a run share, as long as its wrapper lives.
 * @returns false if there was no beat to count from, or no room
 */
export function writeTrace(dir: string, runId: string, { signs, elapsedMs, silentMs, quietMs }: SilenceState): boolean {
  if (signs.beat === undefined) return false;
  const { beat, logBytes, ownBeatAtMs, cpuMs, ioBytes, attempt, awakeAtMs } = signs;
  const hint = { beat, logBytes, ownBeatAtMs, cpuMs, ioBytes, elapsedMs, silentMs, quietMs };
  const asFarAsKnown = { ...(awakeAtMs !== undefined && { awakeAtMs }), ...(attempt !== undefined && { attempt }) };
  try {
    replaceRecord(runPaths(dir, runId).trace, encodeJson({ v: 1, ...hint, ...asFarAsKnown }));
    return true;
  } catch {
    // A full disk, a deleted folder: without the hint the next monitor counts anew. It must not end the watching of all others.
    return false;
  }
}
