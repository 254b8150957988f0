import { type RunRecord, runPaths, stepPaths } from '@pm/protocol';
import { linkOnce, replaceRecord, statOf } from '@pm/protocol/fs';
import type { DerivedOutcome } from '../judge/outcome-of.ts';
import { isNewest, statusOf } from './flat-names.ts';
import {
  type ForeignStatus,
  foreignResult,
  hasForeignEnded,
  mayWriteStatus,
  readAnnouncement,
  readForeignStatus,
  remarkOnFlatFiles,
  saveForeignFiles,
} from './foreign-files.ts';
import type { RunSource } from './run-source.ts';

// Why: contributing/decisions/2026-11-23-adopted-runs.md
/** An adopted run: its flat files say how it ended, and the mtime of its heartbeat file is its sign of life. */
export function foreignSource(dir: string, run: RunRecord): RunSource {
  const { heartbeat, status } = stepPaths(dir, run.step);
  const pidAtMs = (wallMs: number): number => run.foreign?.pidAtMs ?? wallMs;
  return {
    saysEnded: (wallMs) => hasForeignEnded(dir, run, wallMs),
    saysOutcome: () => {
      const says = readForeignStatus(dir, run);
      return says === undefined ? undefined : { atMs: says.atMs, outcome: outcomeOfStatus(says) };
    },
    remark: () => remarkOnFlatFiles(dir, run),
    isSuperseded: () => readAnnouncement(dir, run) !== 'there',
    signs: (isFirst, wallMs) => {
      const sinceMs = Math.max(0, wallMs - pidAtMs(wallMs));
      return {
        // Its heartbeat has no number, so it does not count awake time. The first look takes the elapsed time from the
        // wall clock, because a new monitor has nothing else; later looks must not.
        beat: isFirst ? Math.floor(sinceMs / run.policy.beatMs) : undefined,
        beatWallAgeMs: sinceMs % run.policy.beatMs,
        ownBeatAtMs: statOf(heartbeat)?.mtimeMs ?? 0,
      };
    },
    // The age of its heartbeat; or of its start, if there is no heartbeat.
    inheritedSilence: ({ logBytes, ownBeatAtMs, cpuMs, ioBytes, beat }, wallMs) => {
      const sinceMs = ownBeatAtMs === 0 ? pidAtMs(wallMs) : ownBeatAtMs;
      const silentMs = Math.max(0, wallMs - sinceMs);
      return { beat: beat ?? 0, logBytes, ownBeatAtMs, cpuMs, ioBytes, silentMs, quietMs: 0 };
    },
    beatAgeMs: ({ silentMs }) => silentMs,
    begunAtMs: () => run.createdAt,
    save: () => saveForeignFiles(dir, run),
    resultFile: () => foreignResult(dir, run),
    // Leaves FAILED for the next reader. What somebody else wrote is never replaced, and nothing is written beside the
    // files of the run that came after it.
    publish: (outcome) => {
      if (!isNewest(dir, run) || !mayWriteStatus(dir, run) || readAnnouncement(dir, run) !== 'there')
        return 'published';
      replaceRecord(status, statusOf(outcome));
      linkOnce(status, runPaths(dir, run.id).status); // so that nobody takes it for that of another run
      return 'published';
    },
  };
}

function outcomeOfStatus(says: ForeignStatus): DerivedOutcome {
  if (says.kind === 'unknown')
    return { outcome: 'lost', reason: 'status-unknown', evidence: `${says.why}; the file was left as it is` };
  const said = {
    evidence: `its own .status says ${says.said}`,
    ...(says.exitCode !== undefined && { exitCode: says.exitCode }),
  };
  return says.word === 'SUCCESS'
    ? { outcome: 'success', reason: 'status-success', ...said }
    : { outcome: 'failed', reason: 'status-failed', ...said };
}
