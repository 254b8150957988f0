import type { Attempt } from '../attempt.ts';
import {
  decodeAttempt,
  decodeBeat,
  decodeDeadline,
  decodeEnding,
  decodeIdentity,
  decodeJson,
  type Ending,
} from '../codec.ts';
import { attemptPaths, runPaths } from '../paths.ts';
import type { IdentityRecord } from '../records/identity.ts';
import { OutcomeRecord } from '../records/outcome.ts';
import { RunRecord } from '../records/run.ts';
import { presentIn, type Reading, readRecord } from './read-record.ts';

/** One look at what a run has on disk, its outcome apart. Each record stands for itself: a malformed one says nothing about the others. */
export interface RunOnDisk {
  readonly wrapper: Reading<IdentityRecord>;
  readonly command: Reading<IdentityRecord>;
  readonly heartbeat: Reading<number>;
  readonly deadline: Reading<number | null>;
  readonly exit: Reading<Ending>;
  readonly ending: Reading<Ending>;
}

/** @param same what was read before, if no name has come or gone in the run's folder since: what cannot differ is not read again */
export function readRun(dir: string, runId: string, same?: RunOnDisk): RunOnDisk {
  const paths = runPaths(dir, runId);
  return {
    wrapper: kept(same?.wrapper) ?? readRecord(paths.wrapper, decodeIdentity),
    command: kept(same?.command) ?? readRecord(paths.command, decodeIdentity),
    // A beat is written in place; a limit might be, by somebody who does not know our way of replacing it.
    heartbeat: readRecord(paths.heartbeat, decodeBeat),
    deadline: readRecord(paths.deadline, decodeDeadline),
    // The ending after the exit: whoever finds no ending beside an exit may trust that none came before it.
    exit: kept(same?.exit) ?? readRecord(paths.exit, decodeEnding),
    ending: kept(same?.ending) ?? readRecord(paths.ending, decodeEnding),
  };
}

/** Whole it was written once, absent it is without a name; what was malformed may have been half written, in place. */
function kept<T>(reading: Reading<T> | undefined): Reading<T> | undefined {
  return reading?.kind === 'present' || reading?.kind === 'absent' ? reading : undefined;
}

/** The `run` record itself: what was started, by which rules. */
export function readRunRecord(dir: string, runId: string): Reading<RunRecord> {
  return readRunFile(runPaths(dir, runId).run);
}

/** A `run` record by its path: its own, or a claim that links to it. An argv may be 2 MB (Linux ARG_MAX), six times that in JSON. */
export function readRunFile(path: string): Reading<RunRecord> {
  return readRecord(path, (text) => decodeJson(RunRecord, text), 16_777_216);
}

/** The terminal record, if the run was concluded. Its result may be large; the cap is 8 MiB. */
export function readOutcome(dir: string, runId: string): Reading<OutcomeRecord> {
  return readRecord(runPaths(dir, runId).outcome, (text) => decodeJson(OutcomeRecord, text), 8_388_608);
}

/** The attempt of a run; undefined if it is not one to be retried. An unreadable record of it is the first attempt's. */
export function readAttempt(dir: string, { id, policy }: RunRecord): Attempt | undefined {
  const { retries = 0 } = policy;
  if (retries === 0) return undefined;
  const n = Math.min(presentIn(readRecord(runPaths(dir, id).attempt, decodeAttempt)) ?? 1, retries + 1);
  const exit = presentIn(readRecord(attemptPaths(dir, id, n).exit, decodeEnding));
  return { n, of: retries + 1, failed: exit?.cause === 'exit' ? exit.code : undefined };
}
