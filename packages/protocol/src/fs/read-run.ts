import type { Attempt } from '../attempt.ts';
import {
  decodeAttempt,
  decodeBeat,
  decodeDeadline,
  decodeEnding,
  decodeIdentity,
  decodeJson,
  decodeLease,
  type Ending,
  type RunLease,
} from '../codec.ts';
import { attemptPaths, readyPath, runPaths } from '../paths.ts';
import type { IdentityRecord } from '../records/identity.ts';
import { OutcomeRecord } from '../records/outcome.ts';
import { ReadyRecord } from '../records/ready.ts';
import { RunRecord } from '../records/run.ts';
import { presentIn, type Reading, readRecord } from './read-record.ts';

/** The records of a run, without its outcome. Each one is read by itself: a malformed record says nothing about the others. */
export interface RunOnDisk {
  readonly wrapper: Reading<IdentityRecord>;
  readonly command: Reading<IdentityRecord>;
  readonly heartbeat: Reading<number>;
  readonly deadline: Reading<number | null>;
  readonly exit: Reading<Ending>;
  readonly ending: Reading<Ending>;
}

/**
 * Reads the records of a run.
 * @param same what was read before, if no name has come or gone in the run's folder since. Records that cannot differ are not read again.
 */
export function readRun(dir: string, runId: string, same?: RunOnDisk): RunOnDisk {
  const paths = runPaths(dir, runId);
  return {
    wrapper: kept(same?.wrapper) ?? readRecord(paths.wrapper, decodeIdentity),
    command: kept(same?.command) ?? readRecord(paths.command, decodeIdentity),
    // These two may be written in place: the heartbeat by the wrapper, a limit by somebody who does not replace it as a whole.
    heartbeat: readRecord(paths.heartbeat, decodeBeat),
    deadline: readRecord(paths.deadline, decodeDeadline),
    // The ending is read after the exit: if there is an exit and no ending, none came before that exit.
    exit: kept(same?.exit) ?? readRecord(paths.exit, decodeEnding),
    ending: kept(same?.ending) ?? readRecord(paths.ending, decodeEnding),
  };
}

/** A whole record was written once, and an absent one has no name yet. A malformed one may have been half written. */
function kept<T>(reading: Reading<T> | undefined): Reading<T> | undefined {
  return reading?.kind === 'present' || reading?.kind === 'absent' ? reading : undefined;
}

/** The `run` record: what was started, and by which rules. */
export function readRunRecord(dir: string, runId: string): Reading<RunRecord> {
  return readRunFile(runPaths(dir, runId).run);
}

/** A `run` record by its path, which may be a claim. An argv may have 2 MB (ARG_MAX of Linux), and six times that in JSON. */
export function readRunFile(path: string): Reading<RunRecord> {
  return readRecord(path, (text) => decodeJson(RunRecord, text), 16_777_216);
}

/** The `outcome` of a run that was concluded. It holds the result of the job and may have 8 MiB. */
export function readOutcome(dir: string, runId: string): Reading<OutcomeRecord> {
  return readRecord(runPaths(dir, runId).outcome, (text) => decodeJson(OutcomeRecord, text), 8_388_608);
}

/** The current attempt of a run; undefined if the run may not be retried. If the record cannot be read, it is the first attempt. */
export function readAttempt(dir: string, { id, policy }: RunRecord): Attempt | undefined {
  const { retries = 0, restart } = policy;
  if (retries === 0) return undefined;
  const of = restart === undefined ? retries + 1 : undefined;
  const n = Math.min(presentIn(readRecord(runPaths(dir, id).attempt, decodeAttempt)) ?? 1, of ?? Infinity);
  const exit = presentIn(readRecord(attemptPaths(dir, id, n).exit, decodeEnding));
  return { n, of, failed: exit?.cause === 'exit' ? exit.code : undefined };
}

/**
 * The lease of a run as it was extended last.
 * @returns undefined if nothing was written yet, or what is there cannot be read: then the lease that was known before counts
 */
export function readLease(dir: string, runId: string): RunLease | undefined {
  return presentIn(readRecord(runPaths(dir, runId).lease, decodeLease));
}

/** Whether a run is ready, as it is on record. */
export interface RecordedReadiness {
  /** Its present attempt, from 1. */
  readonly attempt: number;
  /** That attempt has failed, and the next one has not begun yet. */
  readonly hasFailed?: true;
  /** Absent: nobody has seen all its checks pass in this attempt. */
  readonly ready?: ReadyRecord;
  /** What stood in the way when somebody asked at last. */
  readonly evidence?: string;
}

/** What is on record about the readiness of a run: two small files at most. Nothing is asked. */
export function readReadiness(dir: string, run: RunRecord): RecordedReadiness {
  const { n: attempt, failed } = readAttempt(dir, run) ?? { n: 1, failed: undefined };
  if (failed !== undefined) return { attempt, hasFailed: true, evidence: `attempt ${attempt} has failed` };
  const ready = readReady(readyPath(dir, run.id, attempt));
  if (ready !== undefined) return { attempt, ready };
  const { evidence } = readReady(runPaths(dir, run.id).unready) ?? {};
  return { attempt, ...(evidence !== undefined && { evidence }) };
}

function readReady(path: string): ReadyRecord | undefined {
  return presentIn(readRecord(path, (text) => decodeJson(ReadyRecord, text)));
}
