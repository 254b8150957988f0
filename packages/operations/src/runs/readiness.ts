import { decodeJson, ReadyRecord, type RunRecord, readyPath, runPaths } from '@pm/protocol';
import { presentIn, type Reading, readAttempt, readRecord } from '@pm/protocol/fs';
import type { RunView } from '../shape/answer.ts';

/** Whether a run is ready, as it is on record. */
export interface Readiness {
  /** Its present attempt, from 1. */
  readonly attempt: number;
  /** That attempt has failed, and the next one has not begun yet. */
  readonly hasFailed?: true;
  /** Absent: nobody has seen all its checks pass in this attempt. */
  readonly ready?: ReadyRecord;
  /** What stood in the way when somebody asked at last. */
  readonly evidence?: string;
}

/** Reads what is on record about the readiness of a run. Two small files; nothing is asked. */
export function readReadiness(dir: string, run: RunRecord): Readiness {
  const { n: attempt, failed } = readAttempt(dir, run) ?? { n: 1, failed: undefined };
  if (failed !== undefined) return { attempt, hasFailed: true, evidence: `attempt ${attempt} has failed` };
  const ready = presentIn(readyRecordIn(readyPath(dir, run.id, attempt)));
  if (ready !== undefined) return { attempt, ready };
  const unready = presentIn(readyRecordIn(runPaths(dir, run.id).unready));
  return { attempt, ...(unready !== undefined && { evidence: unready.evidence }) };
}

/** The fields of a live run that has checks of its readiness. */
export function readinessFields(
  dir: string,
  run: RunRecord,
  attemptBeganAt: number,
): Pick<RunView, 'ready' | 'readyEvidence' | 'readyMs'> {
  const { ready, evidence = 'it was not asked yet' } = readReadiness(dir, run);
  if (ready === undefined) return { ready: false, readyEvidence: evidence };
  return { ready: true, readyEvidence: ready.evidence, readyMs: Math.max(ready.at - attemptBeganAt, 0) };
}

function readyRecordIn(path: string): Reading<ReadyRecord> {
  return readRecord(path, (text) => decodeJson(ReadyRecord, text));
}
