import type { Tree } from '@pm/process';
import {
  type Delay,
  decodeDelayed,
  decodeReplaced,
  decodeTruncated,
  type Ending,
  type OutcomeRecord,
  type RunRecord,
  runPaths,
} from '@pm/protocol';
import { presentIn, type Reading, type RunOnDisk, readAttempt, readRecord, statOf } from '@pm/protocol/fs';
import { formatDuration } from '@pm/protocol/text';
import { STATUS_UNKNOWN, WAS_TO_STAY } from '../judge/evidence.ts';
import { isOrder } from '../judge/observation.ts';
import {
  adviceOf,
  type DerivedOutcome,
  fuseBlown,
  lostOutcome,
  outcomeOf,
  recordsReplaced,
} from '../judge/outcome-of.ts';
import type { LostReason } from '../judge/verdict.ts';
import type { RunSource } from '../source/run-source.ts';
import { readExitClues } from './exit-clues.ts';
import { findSurvivors, findSuspects } from './survivors.ts';

/** Why a run has no ending. */
export interface Loss {
  readonly reason: LostReason;
  readonly evidence: string;
}

/**
 * The outcome record of a run that is over, from what is on disk.
 * @param loss why there is no ending; used only if there is none
 * @param tree the run's processes as last seen
 */
export function buildOutcomeRecord(
  dir: string,
  run: RunRecord,
  source: RunSource,
  disk: RunOnDisk,
  loss: Loss | undefined,
  tree: Tree | undefined,
): OutcomeRecord {
  const { log, truncated, delayed } = runPaths(dir, run.id);
  const says = source.saysOutcome();
  const derived = derive(dir, run, disk, says?.outcome, loss);
  const hasLeft = run.policy.service === true && derived.outcome === 'success';
  const startedAt = Math.round(source.begunAtMs(disk));
  // The shell that wrote the records has no clock worth a process of its own: their mtimes are the instants.
  const ended = [disk.exit, disk.ending].find((reading) => reading.kind === 'present')?.atMs ?? says?.atMs;
  const delay = disk.exit.kind === 'present' ? presentIn(readRecord(delayed, decodeDelayed)) : undefined;
  const endedAt = Math.max(Math.round(ended ?? Date.now()) - (delay?.ms ?? 0), startedAt);
  const logBytes = statOf(log)?.size ?? 0;
  const attempt = readAttempt(dir, run);
  const suspects = isOrder(presentIn(disk.ending)) ? findSuspects(run, disk) : [];
  return {
    v: 1,
    id: run.id,
    step: run.step,
    ...derived,
    evidence: [
      derived.evidence,
      ...(delay === undefined ? [] : [delayWords(dir, delay)]),
      ...(run.adopted === undefined || derived.outcome === 'lost' ? [] : [STATUS_UNKNOWN]),
      ...(hasLeft ? [WAS_TO_STAY] : []),
    ].join('; '),
    advice: hasLeft ? 'fix' : adviceOf(derived.outcome, derived.reason),
    startedAt,
    endedAt,
    elapsedMs: Math.max(0, endedAt - startedAt),
    survivors: findSurvivors(run, disk, tree),
    ...(suspects.length > 0 && { suspects }),
    ...resultOf(source.resultFile()),
    logBytes,
    ...readTruncation(run, truncated, logBytes),
    ...(attempt !== undefined && { attempts: attempt.n }),
  };
}

/** The ending decides; without one the run's own word; without that it is lost. */
function derive(
  dir: string,
  run: RunRecord,
  { exit, ending }: RunOnDisk,
  says: DerivedOutcome | undefined,
  loss: Loss | undefined,
): DerivedOutcome {
  const cause = presentIn(ending);
  const replaced = ending.kind === 'malformed' ? 'ending' : replacedIn(dir, run);
  const exitCode = cause?.cause === 'exit' ? cause.code : exitCodeOn(exit);
  if (
    replaced !== undefined &&
    exitCode !== undefined &&
    (cause === undefined || (cause.cause === 'exit' && exitCode === 0))
  )
    return recordsReplaced(replaced, exitCode);
  if (cause?.cause === 'exit') {
    const natural = outcomeOf(cause, cause.code, readExitClues(dir, run, cause.code));
    return fuseBlown(natural, cause.code, run.policy) ?? natural;
  }
  if (cause !== undefined) return outcomeOf(cause, exitCodeOn(exit));
  return says ?? lostOutcome(loss?.reason ?? 'wrapper-gone', loss?.evidence ?? 'its ending cannot be read');
}

function delayWords(dir: string, { ms, obstacle }: Delay): string {
  const why = obstacle === 'full' ? `the disk of ${dir} was full` : `its folder in ${dir} could not be written to`;
  return `its exit was recorded ${formatDuration(ms)} late, because ${why}`;
}

/** The record that the job has put something else in the place of; undefined if there is none. */
function replacedIn(dir: string, run: RunRecord): string | undefined {
  const reading = readRecord(runPaths(dir, run.id).replaced, decodeReplaced);
  return reading.kind === 'malformed' ? 'replaced' : presentIn(reading);
}

/** The exit code on record; undefined if the wrapper has not written one. */
function exitCodeOn(exit: Reading<Ending>): number | undefined {
  return exit.kind === 'present' && exit.value.cause === 'exit' ? exit.value.code : undefined;
}

function resultOf(file: string | undefined): { result?: unknown; resultError?: string } {
  if (file === undefined) return {};
  const reading = readRecord(file, (text) => {
    try {
      const value: unknown = JSON.parse(text);
      JSON.stringify(value); // nested too deeply it parses, but could never be written into an outcome
      return { kind: 'present', value };
    } catch {
      return { kind: 'malformed', why: text === '' ? 'empty' : 'not JSON, or nested too deeply' };
    }
  });
  if (reading.kind === 'present') return { result: reading.value };
  return reading.kind === 'malformed' ? { resultError: `result unreadable: ${reading.why}` } : {};
}

/**
 * What of a run's log is lost, in one sentence: what was dropped because of its cap, or what the job has truncated
 * itself.
 * @param file the record of it, written by the wrapper
 * @param bytes the length of the log
 */
export function readTruncation({ policy, mirror }: RunRecord, file: string, bytes: number): { logTruncated?: string } {
  const cut = presentIn(readRecord(file, decodeTruncated));
  if (cut?.by === 'job') {
    return { logTruncated: `the job truncated its own log: at least ${cut.bytes} bytes are lost` };
  }
  // The wrapper cuts the log of a short run only after the ending. It keeps half of the cap at the beginning, and half
  // at the end.
  const half = Math.floor(policy.logCapBytes / 2);
  const dropped = cut ?? (bytes > policy.logCapBytes ? { from: half, to: bytes - half } : undefined);
  if (dropped === undefined) return {};
  const bytesOf = `bytes ${dropped.from} to ${dropped.to}`;
  // The worker may have them still; its report says it at the end.
  const where = mirror === undefined ? `over its cap: ${bytesOf} were dropped` : `${bytesOf} stayed on its worker`;
  return { logTruncated: where };
}
