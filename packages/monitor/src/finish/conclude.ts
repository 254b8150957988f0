import { existsSync, rmSync } from 'node:fs';
import { removeCgroup, type Tree } from '@pm/process';
import {
  decodeIdentity,
  decodeTruncated,
  type Ending,
  encodeEnding,
  encodeJson,
  type OutcomeRecord,
  PmError,
  type RunRecord,
  runPaths,
} from '@pm/protocol';
import {
  createRecord,
  linkOnce,
  presentIn,
  type RunOnDisk,
  readAttempt,
  readOutcome,
  readRecord,
  readRun,
  statOf,
} from '@pm/protocol/fs';
import { foreignOutcome, foreignResult, foreignStatus, saveForeignFiles } from '../foreign/foreign-files.ts';
import { adviceOf, type DerivedOutcome, lostOutcome, outcomeOf } from '../judge/outcome-of.ts';
import type { FinalVerdict, LostReason } from '../judge/verdict.ts';
import { exitCodeOn } from '../look/observe.ts';
import { appendEvent } from './event-log.ts';
import { publishOutcome } from './publish.ts';
import { survivorsOf } from './survivors.ts';

export interface Conclusion {
  /** Why there will be no ending; otherwise the ending on disk decides. */
  readonly lost?: { readonly reason: LostReason; readonly evidence: string };
  /** The run's tree as it was last seen, to name what it left running. */
  readonly tree?: Tree | undefined;
  readonly by: string;
}

/**
 * Links an ending with this cause, unless another cause came first. On a full disk it takes the room that the run has reserved.
 * @returns true if this is the first cause: the caller is the one to carry it out
 */
export function orderEnding(
  dir: string,
  runId: string,
  cause: 'timeout' | 'hung' | 'cancelled',
  by: string,
  evidence: string,
): boolean {
  const { ending, reserve } = runPaths(dir, runId);
  const first = createRecord(ending, encodeEnding({ cause, by, evidence }), false, reserve);
  if (first) appendEvent(dir, runId, by, `ordered-${cause}`, { evidence });
  return first;
}

/**
 * Writes the terminal record of a run whose end is certain, once and for all, and finishes what the wrapper may have left undone.
 * Idempotent: whoever comes second gets the first one's record.
 * @throws PmError `not-supported` if the outcome on record cannot be read by this version
 */
export function conclude(dir: string, run: RunRecord, { lost, tree, by }: Conclusion): OutcomeRecord {
  const paths = runPaths(dir, run.id);
  const known = presentIn(readOutcome(dir, run.id));
  if (known !== undefined) {
    // Whoever concluded it was killed, or found the disk full, before it was announced. Where that still cannot be, it is known all the same.
    if (!existsSync(paths.ended)) finishIfPossible(dir, run, known);
    return known;
  }
  if (run.foreign !== undefined) saveForeignFiles(dir, run);
  const found = readRun(dir, run.id);
  // The wrapper has not come to its ending yet, or died before; an order that came first keeps its place.
  const isUnannounced = found.exit.kind === 'present' && found.ending.kind === 'absent';
  if (isUnannounced) linkOnce(paths.exit, paths.ending);
  const disk = isUnannounced ? readRun(dir, run.id) : found;
  const derived = derive(dir, run, disk, lost);
  const { startedAt, endedAt } = timesOf(dir, run, disk);
  const logBytes = statOf(paths.log)?.size ?? 0;
  const record: OutcomeRecord = {
    v: 1,
    id: run.id,
    step: run.step,
    ...derived,
    advice: adviceOf(derived.outcome, derived.reason),
    startedAt,
    endedAt,
    elapsedMs: Math.max(0, endedAt - startedAt),
    survivors: survivorsOf(run, disk, tree),
    ...resultOf(run.foreign === undefined ? paths.result : foreignResult(dir, run)),
    logBytes,
    ...truncationOf(run, paths.truncated, logBytes),
    ...attemptsOf(dir, run),
  };
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
  finish(dir, run, decided);
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

function finishIfPossible(dir: string, run: RunRecord, outcome: OutcomeRecord): void {
  try {
    finish(dir, run, outcome);
  } catch {
    // At another look.
  }
}

function finish(dir: string, run: RunRecord, outcome: OutcomeRecord): void {
  const { wrapper, reserve } = runPaths(dir, run.id);
  publishOutcome(dir, run, outcome, presentIn(readRecord(wrapper, decodeIdentity)));
  rmSync(reserve, { force: true });
  if (run.cgroup !== undefined) removeCgroup(run.cgroup);
}

function derive(dir: string, run: RunRecord, { exit, ending }: RunOnDisk, lost: Conclusion['lost']): DerivedOutcome {
  const cause: Ending | undefined = presentIn(ending);
  if (cause !== undefined) return outcomeOf(cause, exitCodeOn(exit));
  const status = foreignStatus(dir, run);
  if (status !== undefined) return foreignOutcome(status.word);
  return lostOutcome(lost?.reason ?? 'wrapper-gone', lost?.evidence ?? 'its ending cannot be read');
}

function attemptsOf(dir: string, run: RunRecord): { attempts?: number } {
  const attempt = readAttempt(dir, run);
  return attempt === undefined ? {} : { attempts: attempt.n };
}

/** When the run began, epoch ms: with its command, or with its wrapper if the command's record may be that of a later attempt. */
export function begunAtMs(run: RunRecord, { wrapper, command }: RunOnDisk): number {
  const first = (run.policy.retries ?? 0) > 0 ? wrapper : command;
  return run.foreign === undefined && first.kind === 'present' ? first.atMs : run.createdAt;
}

/** The mtimes of the records are the instants: the shell that wrote them has no clock of its own worth a process. */
function timesOf(dir: string, run: RunRecord, disk: RunOnDisk): { startedAt: number; endedAt: number } {
  const { exit, ending } = disk;
  const begun = begunAtMs(run, disk);
  const ended = [exit, ending].find((reading) => reading.kind === 'present')?.atMs ?? foreignStatus(dir, run)?.atMs;
  return { startedAt: Math.round(begun), endedAt: Math.round(ended ?? Date.now()) };
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
 * What of a run's log is gone, in one sentence: to its cap, or because the job reopened its own output.
 * @param file the note of it, which the wrapper leaves
 * @param bytes how long the log is
 */
export function truncationOf({ policy }: RunRecord, file: string, bytes: number): { logTruncated?: string } {
  const cut = presentIn(readRecord(file, decodeTruncated));
  if (cut?.by === 'job') {
    return { logTruncated: `the job truncated its own log: at least ${cut.bytes} bytes are lost` };
  }
  // A short run over its cap is cut by its wrapper right after the ending, as `wrapper.sh` cuts: half a head, half a tail.
  const half = Math.floor(policy.logCapBytes / 2);
  const given = cut ?? (bytes > policy.logCapBytes ? { from: half, to: bytes - half } : undefined);
  return given === undefined ? {} : { logTruncated: `over its cap: bytes ${given.from} to ${given.to} were dropped` };
}
