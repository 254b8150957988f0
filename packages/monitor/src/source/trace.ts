import { decodeJson, encodeJson, runPaths, TraceRecord } from '@pm/protocol';
import { presentIn, readRecord, replaceRecord } from '@pm/protocol/fs';
import type { InheritedSilence, SilenceState } from '../judge/silence.ts';

/**
 * What the last monitor knew of a run's elapsed time and silence. Undefined if there is no such record: then both are
 * counted anew.
 */
export function readTrace(dir: string, runId: string): InheritedSilence | undefined {
  return presentIn(readRecord(runPaths(dir, runId).trace, (text) => decodeJson(TraceRecord, text)));
}

// Why: contributing/decisions/2026-11-23-silence-is-inherited.md
/**
 * Leaves the elapsed time and the silence of a run to the next monitor, counted from the current beat: beats are the
 * one clock that all monitors of a run share, as long as its wrapper lives.
 * @returns false if there was no beat to count from, or the disk is full
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
    // A full disk, a deleted folder. The next monitor counts anew. This must not end the watching of all other runs.
    return false;
  }
}
