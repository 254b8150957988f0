import { existsSync, rmSync } from 'node:fs';
import { removeCgroup, type Tree } from '@pm/process';
import { encodeJson, type OutcomeRecord, PmError, type RunRecord, runPaths } from '@pm/protocol';
import { createRecord, linkOnce, presentIn, readOutcome, readRun } from '@pm/protocol/fs';
import type { FinalVerdict } from '../judge/verdict.ts';
import type { RunSource } from '../source/run-source.ts';
import { sourceOf } from '../source/source-of.ts';
import { appendEvent } from './event-log.ts';
import { buildOutcomeRecord, type Loss } from './outcome-record.ts';
import { publishOutcome } from './publish.ts';

/** What is known of a run that is over, besides its records. */
export interface Conclusion {
  /** Why there will be no ending; used only if none is on record. */
  readonly lost?: Loss;
  /** The run's processes as last seen, so that survivors can be named. */
  readonly tree?: Tree | undefined;
  /** Who concludes it. */
  readonly by: string;
}

/**
 * Writes the outcome of a run that is over, and finishes what its wrapper may have left undone. The outcome is created
 * once: whoever comes second gets the first one's record.
 * @throws PmError `not-supported` if the outcome on record cannot be read by this version
 */
export function conclude(dir: string, run: RunRecord, { lost, tree, by }: Conclusion): OutcomeRecord {
  const paths = runPaths(dir, run.id);
  const source = sourceOf(dir, run);
  const reading = readOutcome(dir, run.id);
  // No version of pm writes such an outcome, so the job wrote it. An outcome that belongs to another user may be right, so it stays.
  if (reading.kind === 'malformed' && !/^(owned|unreadable)/.test(reading.why)) {
    rmSync(paths.outcome, { recursive: true, force: true });
    createRecord(paths.replaced, 'v1 outcome\n');
  }
  const known = presentIn(reading);
  if (known !== undefined) {
    // Whoever wrote it was killed, or found the disk full, before it was announced.
    if (!existsSync(paths.ended)) finishIfPossible(dir, run, source, known);
    return known;
  }
  // Why: contributing/decisions/2026-11-29-a-mirror-of-a-run-elsewhere.md
  if (run.mirror !== undefined) {
    const message = `${run.step} is a run of ${run.mirror.worker}, and only the reports of that worker say how it ended.`;
    throw new PmError('not-supported', message, 'Wait until its outcome is reported.');
  }
  source.save();
  const found = readRun(dir, run.id);
  // The wrapper has recorded the exit and not yet its ending, or died in between. An order that came first keeps its
  // place.
  const isUnannounced = found.exit.kind === 'present' && found.ending.kind === 'absent';
  if (isUnannounced) linkOnce(paths.exit, paths.ending);
  const disk = isUnannounced ? readRun(dir, run.id) : found;
  const record = buildOutcomeRecord(dir, run, source, disk, lost, tree);
  const isFirst = createRecord(paths.outcome, encodeJson(record), true);
  const decided = isFirst ? record : presentIn(readOutcome(dir, run.id));
  if (decided === undefined) {
    throw new PmError(
      'not-supported',
      `The outcome of ${run.step} is on record, but not readable.`,
      `Look at ${paths.outcome}.`,
    );
  }
  appendEvent(dir, run.id, by, 'ended', { outcome: decided.outcome, reason: decided.reason });
  finish(dir, run, source, decided);
  return decided;
}

/**
 * Concludes a run as a final verdict says.
 * @param tree the run's processes as last seen
 */
export function concludeByVerdict(
  dir: string,
  run: RunRecord,
  verdict: FinalVerdict,
  tree: Tree | undefined,
  by: string,
): OutcomeRecord {
  return conclude(dir, run, { tree, by, ...(verdict.verdict === 'lost' && { lost: verdict }) });
}

function finishIfPossible(dir: string, run: RunRecord, source: RunSource, outcome: OutcomeRecord): void {
  try {
    finish(dir, run, source, outcome);
  } catch {
    // The next look tries again. The outcome is known all the same.
  }
}

function finish(dir: string, run: RunRecord, source: RunSource, outcome: OutcomeRecord): void {
  publishOutcome(dir, run, source, outcome);
  rmSync(runPaths(dir, run.id).reserve, { recursive: true, force: true }); // the job may have made a folder of it
  if (run.cgroup !== undefined) removeCgroup(run.cgroup);
}
